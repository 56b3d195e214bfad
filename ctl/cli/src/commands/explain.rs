//! `ctl explain`: the whole story of one order.

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::out::{self, Paint};
use crate::{names, source};
use clap::Args;
use royale_plane::Board;

/// `ctl explain`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl explain S02-17\n  ctl explain last\n  ctl explain H02-17 --journal runs/battle-7 --json\n\n\
    S is a slot's shadow account, H the house account on behalf of a slot."
)]
pub struct ExplainArgs {
    /// The order's id, or `last` for the newest that was filled
    #[arg(value_name = "ORDER")]
    order: String,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No journal, a damaged one, or no such order.
pub fn run(args: &ExplainArgs) -> Result<(), Failure> {
    // What is no id at all needs no journal to be refused.
    let named = if args.order == "last" { None } else { Some(names::order(&args.order)?) };
    let board = source::board(&args.source)?.board;
    let story = named.or_else(|| newest_filled(&board)).and_then(|id| board.explain(id));
    let Some(story) = story else {
        return Err(Failure::not_found(format!("order {}: not in this journal", args.order))
            .remedy("ctl orders lists the orders; --journal DIR names another journal"));
    };
    if args.source.json {
        return out::json(&story);
    }
    let colours = out::colours();
    let title = format!(
        "{} {} account of {}, {}, {}",
        story.order, story.account, story.slot, story.instrument, story.status
    );
    let mut text = format!("{}\n", Paint::Bold.on(&out::clean(&title), colours));
    for step in &story.steps {
        let head = format!("{}  #{:<8} {:<8}", step.time, step.seq, step.what);
        text.push_str(&format!("{}  {}\n", Paint::Dim.on(&head, colours), out::clean(&step.text)));
    }
    out::data(&text)
}

fn newest_filled(board: &Board) -> Option<royale_model::OrderId> {
    board.orders().lives().iter().rev().find(|life| life.filled.is_positive()).map(|life| life.id)
}

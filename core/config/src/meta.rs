//! The meta-agent's settings: how the house is shared out while a run goes on.
//!
//! Owns what is written under `meta` and what of it stands in a slot. All of it decides allocations,
//! so all of it stands in the journal's header.

use crate::canonical::Rows;
use crate::choices::{Policy, SlotRegime};
use crate::read::Reader;
use royale_model::Nanos;

/// The meta-agent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meta {
    /// How it shares out.
    pub policy: Policy,
    /// Length of an epoch: it looks and speaks at its end.
    pub epoch: Nanos,
    /// Epochs that it only watches.
    pub warmup_epochs: u32,
    /// Least share of a slot that may have one, in basis points.
    pub floor_bp: u32,
    /// Largest share of a slot.
    pub cap_bp: u32,
    /// Most that changes hands at one epoch, in basis points of the house.
    pub turnover_bp: u32,
    /// Epochs for which a slot keeps a share that it was given.
    pub hold_epochs: u32,
    /// How much of each share hierarchical risk parity decides; the rest is the belief's.
    pub hrp_bp: u32,
    /// What moving capital is taken to cost, in basis points of what is moved.
    pub cost_bp: u32,
    /// Losing round trips in a row after which a slot gets half.
    pub loss_streak: u32,
    /// Symbol of the instrument whose returns tell the regime; empty for the first coin or share.
    pub reference: String,
    /// Largest share of all slots of a class together, by class.
    pub class_caps: Vec<(String, u32)>,
}

/// What `meta` says.
pub(crate) fn meta(reader: &mut Reader<'_>) -> Meta {
    let caps = |reader: &mut Reader<'_>| {
        let classes = reader.written.children("meta.class_caps");
        classes
            .into_iter()
            .map(|class| {
                let bp = reader.integer_u32(&format!("meta.class_caps.{class}"));
                (class, bp)
            })
            .collect()
    };
    let seconds = i64::from(reader.integer_u32("meta.epoch_s"));
    let meta = Meta {
        policy: reader.choice("meta.policy"),
        epoch: Nanos::from_secs(seconds),
        warmup_epochs: reader.integer_u32("meta.warmup_epochs"),
        floor_bp: reader.integer_u32("meta.floor_bp"),
        cap_bp: reader.integer_u32("meta.cap_bp"),
        turnover_bp: reader.integer_u32("meta.turnover_bp"),
        hold_epochs: reader.integer_u32("meta.hold_epochs"),
        hrp_bp: reader.integer_u32("meta.hrp_bp"),
        cost_bp: reader.integer_u32("meta.cost_bp"),
        loss_streak: reader.integer_u32("meta.loss_streak"),
        reference: reader.text("meta.reference").unwrap_or_default().to_owned(),
        class_caps: caps(reader),
    };
    let hard = reader.integer_u32("risk.allocation_bp_max");
    if meta.cap_bp > hard {
        let what = format!("is above risk.allocation_bp_max, which is {hard}");
        reader.fault("meta.cap_bp", what, "lower it: the gate would cut the rest off");
    }
    if meta.floor_bp > meta.cap_bp {
        let what = format!("is above meta.cap_bp, which is {}", meta.cap_bp);
        reader.fault("meta.floor_bp", what, "write a floor below the cap");
    }
    meta
}

/// A slot's class; empty for one that is alone.
pub(crate) fn class(reader: &mut Reader<'_>, path: &str) -> String {
    if reader.written.get(path).is_some() { reader.name(path) } else { String::new() }
}

/// The regime that a slot needs.
pub(crate) fn regime(reader: &mut Reader<'_>, path: &str) -> SlotRegime {
    if reader.written.get(path).is_some() { reader.choice(path) } else { SlotRegime::Any }
}

impl Meta {
    pub(crate) fn rows(&self, rows: &mut Rows) {
        for (class, bp) in &self.class_caps {
            rows.add(&format!("meta.class_caps.{class}"), bp);
        }
        rows.text("meta.policy", self.policy.name());
        rows.add("meta.epoch_s", &(self.epoch.raw() / 1_000_000_000));
        rows.add("meta.warmup_epochs", &self.warmup_epochs);
        rows.add("meta.floor_bp", &self.floor_bp);
        rows.add("meta.cap_bp", &self.cap_bp);
        rows.add("meta.turnover_bp", &self.turnover_bp);
        rows.add("meta.hold_epochs", &self.hold_epochs);
        rows.add("meta.hrp_bp", &self.hrp_bp);
        rows.add("meta.cost_bp", &self.cost_bp);
        rows.add("meta.loss_streak", &self.loss_streak);
        rows.text("meta.reference", &self.reference);
    }
}

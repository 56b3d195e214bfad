//! Event contracts: what they paid, and who made what on them.

use crate::html::{esc, sign_class, signed_money, table_head};
use royale_model::{InstrumentKind, Notional, SlotId};
use royale_plane::{Board, stamp};

pub(crate) fn render(out: &mut String, board: &Board) {
    let contracts: Vec<_> = board
        .instruments()
        .iter()
        .filter(|instrument| instrument.kind == InstrumentKind::BinaryEvent)
        .collect();
    if contracts.is_empty() {
        return;
    }
    out.push_str("<h2>Event contracts</h2><div class=\"wide\"><table>");
    let mut names = vec!["Contract", "Settled (UTC)", "#Paid", "Outcome"];
    let columns: Vec<String> = board.slots().iter().map(|name| format!("#{name}")).collect();
    names.extend(columns.iter().map(String::as_str));
    out.push_str(&table_head(&names));
    out.push_str("<tbody>");
    for contract in contracts {
        let paid = board.settlements().iter().find(|row| row.instrument == contract.id);
        let (when, value, outcome) = match paid {
            Some(row) if row.value.is_zero() => (stamp(row.time), row.value.to_string(), "no"),
            Some(row) => (stamp(row.time), row.value.to_string(), "yes"),
            None => ("–".to_owned(), "–".to_owned(), "not settled in the recording"),
        };
        out.push_str(&format!(
            "<tr><td class=\"name\">{}</td><td class=\"when\">{}</td><td class=\"num\">{value}</td><td>{outcome}</td>",
            esc(contract.symbol.as_str()),
            when.get(..19).unwrap_or(&when),
        ));
        for slot in (0_u16..).map(SlotId).take(board.slots().len()) {
            let mine = board.trips().iter().filter(|trip| {
                trip.instrument == contract.id
                    && !trip.account.is_house()
                    && trip.account.slot() == slot
            });
            let (sum, trips) = mine.fold((Notional::ZERO, 0), |(sum, n), trip| {
                (sum.checked_add(trip.pnl).unwrap_or(sum), n + 1)
            });
            if trips == 0 {
                out.push_str("<td class=\"num na\">–</td>");
            } else {
                let class = sign_class(sum.to_f64());
                let text = signed_money(&sum.to_string());
                out.push_str(&format!("<td class=\"num {class}\">{text}</td>"));
            }
        }
        out.push_str("</tr>");
    }
    out.push_str(
        "</tbody></table></div><p class=\"note\">Profit of closed round trips on each contract, \
         after fees, shadow accounts.</p>",
    );
}

//! Rows that people and programs read: stable field names, money as decimal text.

use crate::gate::DeflatedSharpe;
use crate::metrics::MetricsRow;
use royale_model::OrdStatus;
use serde::Serialize;

/// One line of the leaderboard.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Standing {
    /// 1 for the leader, by equity; equal equities are ordered by slot.
    pub rank: u64,
    /// The slot's number.
    pub slot_id: u16,
    /// Its name.
    pub slot: String,
    /// Equity of the shadow account.
    pub equity: String,
    /// Equity minus starting capital.
    pub profit: String,
    /// Profit ÷ starting capital.
    pub return_ratio: f64,
    /// Sharpe and its family.
    #[serde(flatten)]
    pub metrics: MetricsRow,
    /// The Sharpe ratio less what luck gives the best of as many slots as there are.
    pub deflated_sharpe: Option<DeflatedSharpe>,
    /// Value bought and sold in all.
    pub turnover: String,
    /// Value of open positions at the mark, without sign.
    pub exposure: String,
    /// Fees paid.
    pub fees: String,
    /// Fills of the shadow account.
    pub fills: u64,
    /// Orders of the shadow account that can still fill.
    pub open_orders: u64,
    /// Decisions to submit.
    pub decisions: u64,
    /// Those that the gate refused for the shadow account.
    pub refused: u64,
    /// Share of the house capital in basis points.
    pub allocation_bp: i64,
    /// The most that it may do: `shadow`, `paper` or `live`.
    pub tier: &'static str,
    /// The strongest reason of the newest decision to submit; empty before the first.
    pub last_reason: String,
}

/// The house account.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct HouseRow {
    /// Equity.
    pub equity: String,
    /// Equity minus starting capital.
    pub profit: String,
    /// Profit ÷ starting capital.
    pub return_ratio: f64,
    /// Sharpe and its family.
    #[serde(flatten)]
    pub metrics: MetricsRow,
    /// The house is one account, chosen out of none: a single try, from which luck takes nothing.
    pub deflated_sharpe: Option<DeflatedSharpe>,
    /// Value bought and sold in all.
    pub turnover: String,
    /// Value of open positions at the mark, without sign.
    pub exposure: String,
    /// Fees paid.
    pub fees: String,
    /// Fills.
    pub fills: u64,
    /// Orders that can still fill.
    pub open_orders: u64,
}

/// One open position.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PositionRow {
    /// Whose decision; `house` for the house account.
    pub slot: String,
    /// `shadow` or `house`.
    pub account: &'static str,
    /// What is held.
    pub instrument: String,
    /// Signed quantity.
    pub qty: String,
    /// Average price at which it was entered.
    pub entry_price: String,
    /// The price that it is valued at; empty while there is none.
    pub mark: String,
    /// Profit at the mark, before fees; empty while there is no mark.
    pub unrealised: String,
    /// Currency of that profit.
    pub currency: String,
}

/// One order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderRow {
    /// Its id.
    pub order: String,
    /// Whose decision.
    pub slot: String,
    /// `shadow` or `house`.
    pub account: &'static str,
    /// What it trades.
    pub instrument: String,
    /// `buy` or `sell`.
    pub side: &'static str,
    /// Quantity.
    pub qty: String,
    /// Limit price; 0 for a market order that was refused.
    pub price: String,
    /// Where it stands.
    pub status: &'static str,
    /// Filled so far.
    pub filled: String,
    /// Average price of the fills; empty before the first.
    pub average_price: String,
    /// Fees so far.
    pub fees: String,
    /// When it was decided, UTC.
    pub time: String,
    /// Sequence number of the event that it answers.
    pub seq: u64,
    /// The rule that refused it; empty when approved.
    pub refused_by: &'static str,
}

/// One closed round trip.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TradeRow {
    /// Whose decision.
    pub slot: String,
    /// `shadow` or `house`.
    pub account: &'static str,
    /// What was traded.
    pub instrument: String,
    /// `long` or `short`.
    pub direction: &'static str,
    /// Quantity.
    pub qty: String,
    /// When it was opened, UTC.
    pub opened: String,
    /// When it was closed, UTC.
    pub closed: String,
    /// Average price in.
    pub entry_price: String,
    /// Average price out.
    pub exit_price: String,
    /// Profit after fees.
    pub profit: String,
    /// Fees.
    pub fees: String,
    /// The order that opened it: `ctl explain` tells why.
    pub entry_order: String,
    /// The order that closed it, or `settlement`.
    pub closed_by: String,
}

/// FIX's name of a status, in lower case.
pub fn status_name(status: OrdStatus) -> &'static str {
    match status {
        OrdStatus::PendingNew => "pending-new",
        OrdStatus::New => "new",
        OrdStatus::PartiallyFilled => "partially-filled",
        OrdStatus::PendingCancel => "pending-cancel",
        OrdStatus::Filled => "filled",
        OrdStatus::Canceled => "canceled",
        OrdStatus::Rejected => "rejected",
        OrdStatus::Expired => "expired",
    }
}

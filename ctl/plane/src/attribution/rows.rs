//! Rows of the attribution: stable field names, signed money, written as decimal text.
//!
//! In every row the parts add up to `profit`, and the slots' rows to the row of their total, to
//! the last digit. Of the house alone the total's `rounding` holds a little more than that of its shares:
//! what netting positions in coin rounds off.

use royale_model::Notional;
use serde::{Serialize, Serializer};

/// One account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AttributionRow {
    /// Whose; `all` for the sum of the shadow accounts, `house` for the house.
    pub slot: String,
    /// `shadow` or `house`.
    pub account: &'static str,
    /// Equity minus starting capital: realised + unrealised + fees, and signal + settlement +
    /// latency + queue + slippage + fees + rounding.
    #[serde(serialize_with = "decimal")]
    pub profit: Notional,
    /// Profit of what was closed, before fees.
    #[serde(serialize_with = "decimal")]
    pub realised: Notional,
    /// Profit of what is open, at the marks.
    #[serde(serialize_with = "decimal")]
    pub unrealised: Notional,
    /// What was filled had earned at the mark that its decision was made at.
    #[serde(serialize_with = "decimal")]
    pub signal: Notional,
    /// What event contracts paid out against their last mark.
    #[serde(serialize_with = "decimal")]
    pub settlement: Notional,
    /// Moves of the mark from decision to arrival at the venue.
    #[serde(serialize_with = "decimal")]
    pub latency: Notional,
    /// Moves of the mark from arrival to fill.
    #[serde(serialize_with = "decimal")]
    pub queue: Notional,
    /// Fill price against the mark at that moment: spread and impact.
    #[serde(serialize_with = "decimal")]
    pub slippage: Notional,
    /// Fees; below zero what was paid.
    #[serde(serialize_with = "decimal")]
    pub fees: Notional,
    /// What conversion rounded off.
    #[serde(serialize_with = "decimal")]
    pub rounding: Notional,
    /// Fills.
    pub fills: u64,
    /// Fills whose decision had no reference price: their parts stand in the signal.
    pub unreferenced: u64,
}

/// What one reason earned a slot's shadow account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FactorRow {
    /// Whose.
    pub slot: String,
    /// The reason's name; `unexplained` for what the reasons cancelled among themselves, and
    /// `execution`, `fees` and `rounding` for what is no reason's.
    pub factor: String,
    /// Of what was closed; empty for what is not split so.
    #[serde(serialize_with = "decimal_or_empty")]
    pub closed: Option<Notional>,
    /// Of what is open, at the marks; empty for what is not split so.
    #[serde(serialize_with = "decimal_or_empty")]
    pub open: Option<Notional>,
    /// Both.
    #[serde(serialize_with = "decimal")]
    pub profit: Notional,
}

/// What one slot's share of the house earned, against an equal share.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AllocationRow {
    /// Whose; `house` for the house as a whole.
    pub slot: String,
    /// Share in force now, in basis points; the sum for the house.
    pub share_bp: i64,
    /// The shadow account's profit at an equal part of the whole house.
    #[serde(serialize_with = "decimal")]
    pub equal: Notional,
    /// What the shares in force, each while it was in force, add to that.
    #[serde(serialize_with = "decimal")]
    pub allocation: Notional,
    /// Signal and settlement of the house against the shadow's at that share: lots, limits,
    /// refusals, positions that keep the size of an earlier share.
    #[serde(serialize_with = "decimal")]
    pub sizing: Notional,
    /// Latency, queue and slippage of the house against the shadow's at that share.
    #[serde(serialize_with = "decimal")]
    pub execution: Notional,
    /// Fees of the house against the shadow's at that share.
    #[serde(serialize_with = "decimal")]
    pub fees: Notional,
    /// What conversion and netting rounded off.
    #[serde(serialize_with = "decimal")]
    pub rounding: Notional,
    /// What the house made: the sum.
    #[serde(serialize_with = "decimal")]
    pub profit: Notional,
}

/// The whole attribution of a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Attribution {
    /// Currency of all amounts.
    pub currency: String,
    /// The shadow accounts, by slot.
    pub strategies: Vec<AttributionRow>,
    /// Their sum.
    pub total: AttributionRow,
    /// The shadow accounts by reason: by slot, the largest gain first; a slot's rows add up to
    /// its profit.
    pub factors: Vec<FactorRow>,
    /// The same over all slots: adds up to the profit of `total`.
    pub factors_total: Vec<FactorRow>,
    /// The slots' shares of the house, by slot.
    pub house_shares: Vec<AttributionRow>,
    /// The house.
    pub house: AttributionRow,
    /// The house by slot, against equal shares.
    pub allocation: Vec<AllocationRow>,
    /// The house against equal shares.
    pub allocation_total: AllocationRow,
}

fn decimal<S: Serializer>(amount: &Notional, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

fn decimal_or_empty<S: Serializer>(
    amount: &Option<Notional>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => serializer.collect_str(amount),
        None => serializer.serialize_str(""),
    }
}

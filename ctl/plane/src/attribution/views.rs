//! The attribution as people ask for it: rows by strategy, by reason, and the house by allocation.

use super::capital::Leverage;
use super::factors::Table;
use super::parts::Parts;
use super::rows::{AllocationRow, Attribution, AttributionRow, FactorRow};
use crate::board::Board;
use royale_model::{Account, Feature, Notional, SlotId};

/// An account's profit, taken apart.
#[derive(Clone, Copy, Default)]
struct Figures {
    parts: Parts,
    profit: Notional,
    realised: Notional,
    fills: (u64, u64),
}

impl Figures {
    fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            parts: self.parts.plus(&other.parts)?,
            profit: self.profit.checked_add(other.profit)?,
            realised: self.realised.checked_add(other.realised)?,
            fills: (self.fills.0 + other.fills.0, self.fills.1 + other.fills.1),
        })
    }
    fn row(&self, slot: &str, account: &'static str) -> Option<AttributionRow> {
        let parts = &self.parts;
        // What conversion rounds off of a foreign profit stays with what is open.
        let unrealised = self.profit.checked_sub(self.realised)?.checked_sub(parts.fees)?;
        Some(AttributionRow {
            slot: slot.to_owned(),
            account,
            profit: self.profit,
            realised: self.realised,
            unrealised,
            signal: parts.signal,
            settlement: parts.settlement,
            latency: parts.latency,
            queue: parts.queue,
            slippage: parts.slippage,
            fees: parts.fees,
            rounding: parts.rounding,
            fills: self.fills.0,
            unreferenced: self.fills.1,
        })
    }
}

/// A slot's part of the house, against an equal one.
#[derive(Clone, Copy, Default)]
struct Effects {
    share_bp: i64,
    equal: Notional,
    allocation: Notional,
    /// House minus shadow at its share, part by part.
    rest: Parts,
    profit: Notional,
}

impl Effects {
    fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            share_bp: self.share_bp + other.share_bp,
            equal: self.equal.checked_add(other.equal)?,
            allocation: self.allocation.checked_add(other.allocation)?,
            rest: self.rest.plus(&other.rest)?,
            profit: self.profit.checked_add(other.profit)?,
        })
    }
    fn row(&self, slot: &str) -> Option<AllocationRow> {
        Some(AllocationRow {
            slot: slot.to_owned(),
            share_bp: self.share_bp,
            equal: self.equal,
            allocation: self.allocation,
            sizing: self.rest.market()?,
            execution: self.rest.execution()?,
            fees: self.rest.fees,
            rounding: self.rest.rounding,
            profit: self.profit,
        })
    }
}

impl Board {
    /// Where the profit came from, at the present marks.
    ///
    /// # Errors
    /// An equity that cannot be computed: a currency without a price yet.
    pub fn attribution(&self) -> Result<Attribution, String> {
        self.attribute().ok_or_else(|| {
            "the profit cannot be computed: a currency has no price yet, or a number is out of range"
                .to_owned()
        })
    }

    /// Holds the parts of every profit against the ledger's books.
    ///
    /// # Errors
    /// Says which account does not add up.
    pub fn check_attribution(&self) -> Result<(), String> {
        self.attributor.check(&self.accounts)
    }

    fn slot_parts(&self, slot: SlotId) -> Option<Parts> {
        self.attributor.parts(Account::shadow(slot), &self.accounts)
    }

    /// A slot's share is about to change.
    pub(crate) fn settle_share(&mut self, slot: SlotId) {
        let (share, by) = (self.shares.of(slot), self.leverage());
        let now = self.slot_parts(slot);
        // An equity that is not known now, or out of range, leaves the span open: it goes on at
        // the new share.
        if let (Some(trail), Some(now)) = (self.share_trails.get_mut(slot.index()), now) {
            let _ = trail.close_span(&now, share, by);
        }
    }

    fn leverage(&self) -> Leverage {
        let capital = &self.stakes().capital;
        Leverage::of(capital.house, capital.per_slot)
    }

    fn figures(&self, account: Account) -> Option<Figures> {
        Some(Figures {
            parts: self.attributor.parts(account, &self.accounts)?,
            profit: self.accounts.change(account)?,
            realised: self.accounts.realised(account)?,
            fills: self.attributor.fills(account),
        })
    }

    fn effects(&self, slot: SlotId, house: &Figures) -> Option<Effects> {
        let (share_bp, by) = (self.allocation_bp(slot), self.leverage());
        let shadow = self.slot_parts(slot)?;
        let weighted = self.share_trails.get(slot.index())?.weighted(&shadow, share_bp, by)?;
        let equal = by.at_equal(shadow.total()?, self.slots().len())?;
        Some(Effects {
            share_bp,
            equal,
            allocation: weighted.total()?.checked_sub(equal)?,
            rest: house.parts.minus(&weighted)?,
            profit: house.profit,
        })
    }

    fn attribute(&self) -> Option<Attribution> {
        let (mut total, mut house) = (Figures::default(), Figures::default());
        let (mut factors, mut factors_total) = (Vec::new(), Table::new());
        let (mut strategies, mut house_shares) = (Vec::new(), Vec::new());
        let (mut allocation, mut effects_total) = (Vec::new(), Effects::default());
        for (index, name) in (0_u16..).zip(self.slots()) {
            let slot = SlotId(index);
            let figures = self.figures(Account::shadow(slot))?;
            let table = self.attributor.factors(Account::shadow(slot), &self.accounts)?;
            factors.extend(factor_rows(name, &table, &figures)?);
            for (feature, (closed, open)) in table {
                let entry = factors_total.entry(feature).or_default();
                *entry = (entry.0.checked_add(closed)?, entry.1.checked_add(open)?);
            }
            strategies.push(figures.row(name, "shadow")?);
            total = total.plus(&figures)?;
            let share = self.figures(Account::house(slot))?;
            house_shares.push(share.row(name, "house")?);
            house = house.plus(&share)?;
            let effects = self.effects(slot, &share)?;
            allocation.push(effects.row(name)?);
            effects_total = effects_total.plus(&effects)?;
        }
        // The house nets its shares; only a position without any mark could be valued otherwise.
        let change = self.accounts.house_equity()?.checked_sub(self.stakes().capital.house)?;
        let netting = change.checked_sub(house.profit)?;
        for parts in [&mut house.parts, &mut effects_total.rest] {
            parts.rounding = parts.rounding.checked_add(netting)?;
        }
        (house.profit, effects_total.profit) = (change, change);
        Some(Attribution {
            currency: self.stakes().capital.currency.to_string(),
            strategies,
            total: total.row("all", "shadow")?,
            factors,
            factors_total: factor_rows("all", &factors_total, &total)?,
            house_shares,
            house: house.row("house", "house")?,
            allocation,
            allocation_total: effects_total.row("house")?,
        })
    }
}

/// Reasons by gain, then what is no reason's; together the profit.
fn factor_rows(slot: &str, table: &Table, figures: &Figures) -> Option<Vec<FactorRow>> {
    let mut gains = Vec::new();
    let mut explained = Notional::ZERO;
    for (&feature, &(closed, open)) in table {
        let both = closed.checked_add(open)?;
        explained = explained.checked_add(both)?;
        gains.push((feature, closed, open, both));
    }
    // What no reason explains stands after the reasons.
    gains.sort_by_key(|&(feature, _, _, both)| (feature.is_none(), std::cmp::Reverse(both)));
    let name = |feature: Option<Feature>| match feature {
        Some(known) if known.name() != Feature(u16::MAX).name() => known.name().to_owned(),
        Some(Feature(number)) => format!("feature {number}"),
        None => "unexplained".to_owned(),
    };
    let mut rows: Vec<FactorRow> = gains
        .into_iter()
        .map(|(feature, closed, open, both)| FactorRow {
            slot: slot.to_owned(),
            factor: name(feature),
            closed: Some(closed),
            open: Some(open),
            profit: both,
        })
        .collect();
    let (execution, fees) = (figures.parts.execution()?, figures.parts.fees);
    let rest = [explained, execution, fees]
        .into_iter()
        .try_fold(figures.profit, |left, part| left.checked_sub(part))?;
    for (factor, amount) in [("execution", execution), ("fees", fees), ("rounding", rest)] {
        rows.push(FactorRow {
            slot: slot.to_owned(),
            factor: factor.to_owned(),
            closed: None,
            open: None,
            profit: amount,
        });
    }
    Some(rows)
}

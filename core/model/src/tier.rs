//! Tiers: how far a slot has come on the ladder from its own account to the house's money.

/// The most that a slot may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Tier {
    /// It trades its own shadow account; the house never follows it.
    Shadow,
    /// The house follows it, at simulated venues.
    #[default]
    Paper,
    /// The house follows it, at live venues too. At a simulated venue it is as good as paper.
    Live,
}

impl Tier {
    /// All of them, the lowest first.
    pub const ALL: [Self; 3] = [Self::Shadow, Self::Paper, Self::Live];

    /// Their names, in the same order.
    pub const NAMES: [&'static str; 3] = ["shadow", "paper", "live"];

    /// The tier that a command's value stands for.
    pub fn from_number(number: i64) -> Option<Self> {
        usize::try_from(number).ok().and_then(|at| Self::ALL.get(at)).copied()
    }
    /// What stands for it in a command.
    pub const fn number(self) -> i64 {
        self as i64
    }
    /// The tier that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }
    /// Its name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
    /// One step up; none from the top.
    pub fn up(self) -> Option<Self> {
        Self::from_number(self.number() + 1)
    }
    /// One step down; none from the bottom.
    pub fn down(self) -> Option<Self> {
        Self::from_number(self.number() - 1)
    }
    /// True where the house may follow.
    pub const fn may_hold(self) -> bool {
        !matches!(self, Self::Shadow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_has_two_ends() {
        assert_eq!(Tier::ALL.map(Tier::up), [Some(Tier::Paper), Some(Tier::Live), None]);
        assert_eq!(Tier::ALL.map(Tier::down), [None, Some(Tier::Shadow), Some(Tier::Paper)]);
        for tier in Tier::ALL {
            assert_eq!(Tier::from_number(tier.number()), Some(tier));
            assert_eq!(Tier::named(tier.name()), Some(tier));
        }
        assert_eq!((Tier::from_number(3), Tier::from_number(-1)), (None, None));
    }
}

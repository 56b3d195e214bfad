//! Closed lists of words: each becomes an enum, its names standing once.

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
            pub enum $name { $($(#[$of])* $variant,)+ }

            impl $name {
                /// All of them.
                pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
                /// Their names in the configuration, in the same order.
                pub const NAMES: &'static [&'static str] = &[$($word,)+];

                /// Its name in the configuration.
                pub const fn name(self) -> &'static str {
                    match self { $(Self::$variant => $word,)+ }
                }
            }

            impl Choice for $name {
                const ALL: &'static [Self] = Self::ALL;
                fn name(self) -> &'static str {
                    self.name()
                }
            }
        )+
    };
}

/// A closed list with names; the first stands in where the written word was refused.
pub(crate) trait Choice: Copy + 'static {
    /// All of them, never empty.
    const ALL: &'static [Self];
    /// The name in the configuration.
    fn name(self) -> &'static str;
}

impl Choice for royale_model::Tier {
    const ALL: &'static [Self] = &Self::ALL;
    fn name(self) -> &'static str {
        self.name()
    }
}

choices! {
    /// How the stages are laid over threads.
    Topology {
        /// The engine chooses by the number of cores.
        Auto = "auto",
        /// One thread does everything.
        Fused = "fused",
        /// Two threads: input, and the rest.
        Split2 = "split2",
        /// Four threads on cores of their own.
        Pinned4 = "pinned4",
        /// Strategies shared out over threads of their own, between the feed and the gate.
        Sharded = "sharded",
    }
    /// What a thread does when it has nothing to do.
    Wait {
        /// Spins: fastest, burns its core.
        Spin = "spin",
        /// Yields to others between looks.
        Yield = "yield",
        /// Sleeps until woken: slowest, kind to laptops.
        Park = "park",
    }
    /// When the journal is forced to the disk.
    Flush {
        /// Again and again, one call for everything written since the last.
        Group = "group",
        /// Never: the kernel writes it when it likes.
        Lazy = "lazy",
    }
    /// What must be true of an order's record before the order leaves.
    BeforeSend {
        /// It is in memory that outlives the process: it survives a kill.
        Written = "written",
        /// It is on the disk: it survives the end of the machine.
        Synced = "synced",
    }
    /// What is done about a slot whose strategy failed or was put into quarantine.
    OnFault {
        /// Its live orders are called back; it keeps what it holds.
        Cancel = "cancel",
        /// It gives up what it holds, too, at the market.
        Flatten = "flatten",
    }
    /// How the meta-agent shares out the house.
    Policy {
        /// Nobody does: the slots keep what they began with.
        Off = "off",
        /// Equally.
        Equal = "equal",
        /// By risk alone: hierarchical risk parity.
        Hrp = "hrp",
        /// By the probability that a slot is the best one, and by risk.
        Thompson = "thompson",
    }
    /// The regime in which a slot is at its full size.
    SlotRegime {
        /// Every one.
        Any = "any",
        /// While prices go nowhere: for grids and mean reversion.
        Sideways = "sideways",
        /// While they go somewhere, up or down.
        Trending = "trending",
    }
    /// How much of the engine's own latency is recorded.
    LatencyRecord {
        /// Nothing: no clock is read.
        Off = "off",
        /// From each event to decision, order and end.
        Ends = "ends",
        /// That, and each stage.
        Stages = "stages",
    }
    /// What becomes of a timer's runs that were due while nobody was there.
    Missed {
        /// They are not made.
        Skip = "skip",
        /// One is made, the latest.
        Once = "once",
        /// Each of them is made, one after the other.
        CatchUp = "catch-up",
    }
    /// Names of latency models.
    LatencyKind {
        /// Always the same.
        Constant = "constant",
        /// Equally likely between two.
        Uniform = "uniform",
        /// Lognormal, cut at a maximum.
        Lognormal = "lognormal",
    }
    /// Names of queue models.
    QueueKind {
        /// Only trades move the queue.
        RiskAverse = "risk-averse",
        /// f(x) = x^power.
        ProbPower = "prob-power",
        /// f(x) = ln(1 + x).
        ProbLog = "prob-log",
    }
    /// Names of fill models.
    FillKind {
        /// As much as there is.
        Partial = "partial",
        /// All or nothing.
        NoPartial = "no-partial",
    }
    /// Names of fee formulas.
    FeeName {
        /// Rate × notional.
        Proportional = "proportional",
        /// Rate × contracts × p × (1 − p).
        Quadratic = "quadratic",
        /// Rate for each contract.
        PerContract = "per_contract",
    }
}

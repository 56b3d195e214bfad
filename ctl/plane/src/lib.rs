//! The read model: standings, positions and reasons, folded from the journal and from nothing else.
//!
//! Owns [`Board`], which takes journal records one by one and answers what people ask: who leads,
//! what is held, what became of an order, why a slot did not trade. Must never ask the engine for
//! anything, keep a second set of books, or put a number into a sentence that the record does not
//! hold. Called by `ctl` and by the report.

mod abstention;
mod accounts;
mod attribution;
mod board;
mod commands;
mod coverage;
mod curve;
mod epochs;
mod event_text;
mod explain;
mod funnel;
mod gate;
mod gates;
mod inputs;
mod ladder;
mod load;
mod metrics;
mod obstacles;
mod orders;
mod quality;
mod reasons;
mod rows;
mod season;
mod sentence;
mod size;
mod slot_log;
mod text;
mod track;
mod trips;
mod views;

pub use abstention::Abstention;
pub use accounts::{Capital, Caps, Shares, Stakes};
pub use attribution::{AllocationRow, Attribution, AttributionRow, FactorRow};
pub use board::{Board, Clock, SettlementRow};
pub use commands::{CommandRow, CommandView};
pub use coverage::{Coverage, Covered, Tally};
pub use curve::{Curve, Point};
pub use epochs::is_epoch_end;
pub use event_text::event_sentence;
pub use explain::{Explanation, Step as ExplanationStep};
pub use funnel::{Funnel, Refusal, reject_name};
pub use gate::{DeflatedSharpe, GateRow, SHARPE_MIN, TRADES_MIN, WIN_RATE_MIN, gate};
pub use gates::GateAnswer;
pub use inputs::{InputRecords, InputStory, ShareChange};
pub use ladder::{Examination, Judgement, Verdict, judge, trials};
pub use load::{Loaded, Read, load, read};
pub use metrics::{MetricsRow, SHARPE_SCALE_SECONDS};
pub use obstacles::Obstacle;
pub use orders::{OrderLife, OrderLog, Report, Step};
pub use quality::{Feed, KindCount, Quality, kind_name};
pub use reasons::{ReasonRow, ReasonTable, RegimeView, adds_up};
pub use rows::{HouseRow, OrderRow, PositionRow, Standing, TradeRow};
pub use season::{FinalStanding, final_standings};
pub use sentence::{action_phrase, rule, sentence, short_reason, verdict_sentence};
pub use size::SizeView;
pub use slot_log::Running;
pub use text::{human, human_nano, human_signed, percent, share, stamp};
pub use track::{Figures, TrackRecord};
pub use trips::{Closing, RoundTrip};

//! Reports: one self-contained HTML page for each battle, and pictures that stand alone.
//!
//! Owns the page: its sections, charts and style; and the curves that `ctl latency` and the benches
//! draw. Everything on it comes from boards that were
//! folded from journals, so the same journals give the same bytes; figures of the wall clock have a
//! section of their own, fed from outside. Must never fetch anything, need a script to be read, or
//! put a foreign name on the page unescaped. Called by `ctl battle` and `ctl report`.

mod agent;
mod agent_table;
mod assumptions;
mod chart;
mod events;
mod head;
mod house;
mod html;
mod latency;
mod layers;
mod marks;
mod page;
mod percentiles;
mod plot;
mod quality;
mod slot;
mod standings;
mod trades;

pub use page::{Fact, Report, Season, render};
pub use percentiles::{Bound, Curve, percentile_svg};
pub use plot::{Axis, Kind, Line, Scale, plot_svg};

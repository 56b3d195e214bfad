//! Journals of a battle with a meta-agent, for the tests here: inputs of one moment.

use royale_config::Loader;
use royale_journal::{Options, Preamble, Purpose, Writer};
use royale_model::{
    Body, Command, CommandCode, Event, EventFlags, Instrument, InstrumentId, InstrumentKind, Nanos,
    Seq, Stamp, Text, Timer, Venue,
};
use std::path::{Path, PathBuf};

/// When everything happens.
pub const NOW: Nanos = Nanos::from_secs(1_778_718_266);
/// The end of an epoch.
pub const EPOCH_END: Body = Body::Timer(Timer { id: Timer::EPOCH, due: NOW });

/// A command of the house's owner.
pub fn command(code: CommandCode, slot: u16, value: i64) -> Body {
    Body::Command(Command { code, uid: 0, pid: 0, slot, value })
}

/// An input at this place.
pub fn input(seq: Seq, body: Body) -> Event {
    let stamp = Stamp { seq, time: NOW, venue_time: NOW, instrument: InstrumentId::NONE };
    Event::new(stamp, body, EventFlags::LAST)
}

/// The journal in a run's folder, begun.
pub fn begin(run: &Path) -> (PathBuf, Writer) {
    let settings = Loader::battle("deploy").set("meta.policy", "equal").load().unwrap();
    let symbol = Text::new("BTC-USD").unwrap();
    let kind = InstrumentKind::CryptoSpot;
    let preamble = Preamble {
        purpose: Purpose::Run,
        config: settings.canonical(),
        instruments: vec![Instrument::new(InstrumentId(0), symbol, kind, Venue::Coinbase)],
        slots: settings.slots.iter().map(|slot| slot.name.clone()).collect(),
    };
    let journal = run.join("journal");
    let writer = Writer::create(&journal, &preamble, Options::default()).unwrap();
    (journal, writer)
}

/// A whole journal of these inputs.
pub fn journal(run: &Path, inputs: impl IntoIterator<Item = Body>) -> PathBuf {
    let (journal, mut writer) = begin(run);
    (1..).zip(inputs).for_each(|(seq, body)| writer.event(&input(seq, body)));
    writer.finish().unwrap();
    journal
}

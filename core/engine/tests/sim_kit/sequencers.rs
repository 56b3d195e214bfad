//! Two sequencers that keep the promise protocol: one with everything on one thread, one that runs
//! ahead of the venue as a thread of its own would.

use super::{Input, event};
use royale_engine::Market;
use royale_engine::sim::SimVenue;
use royale_engine::sink::Promise;
use royale_model::{Body, Command, CommandCode, Event, EventFlags, Nanos, Order};
use std::collections::VecDeque;

fn is_market(input: &Input) -> Option<Nanos> {
    match input {
        Input::Event(event) => match event.body() {
            Body::Command(_) | Body::Note(_) | Body::Timer(_) | Body::ExecutionReport(_) => None,
            _ => Some(event.venue_time()),
        },
        Input::Order(_) | Input::Halt(_) => None,
    }
}

/// What was sequenced, in order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Sequenced {
    /// The n-th input of the script.
    Input(usize),
    /// A report.
    Report(Event),
}

/// A run's sequence, and all orders in the order of their submission.
#[derive(Default, Debug)]
pub struct Run {
    pub sequence: Vec<Sequenced>,
    pub orders: Vec<Order>,
}

impl Run {
    pub fn reports(&self) -> impl Iterator<Item = &Event> {
        self.sequence.iter().filter_map(|one| match one {
            Sequenced::Report(event) => Some(event),
            Sequenced::Input(_) => None,
        })
    }
}

/// What a strategy answers to a report: orders decided at the report's time.
pub trait Answer: FnMut(&Event, &mut Vec<Order>) {}
impl<F: FnMut(&Event, &mut Vec<Order>)> Answer for F {}

/// The stages behind the sequencer: their market, the venue, and a strategy that answers reports.
struct Stages<'a, F> {
    market: &'a mut Market,
    venue: &'a mut SimVenue,
    inputs: &'a [Input],
    answer: F,
    run: Run,
}

impl<F: Answer> Stages<'_, F> {
    fn take(&mut self, one: Sequenced) {
        self.run.sequence.push(one);
        match one {
            Sequenced::Report(event) => {
                let mut orders = Vec::new();
                (self.answer)(&event, &mut orders);
                self.see(&event, |venue| orders.iter().for_each(|o| venue.submit_scripted(o)));
                self.run.orders.extend(orders);
            }
            Sequenced::Input(at) => match &self.inputs[at] {
                Input::Event(event) => self.see(event, |_| {}),
                Input::Order(order) => {
                    self.venue.submit_scripted(order);
                    self.run.orders.push(*order);
                }
                Input::Halt(time) => {
                    let code = CommandCode::Halt;
                    let body = Body::Command(Command { code, uid: 0, pid: 0, slot: 0, value: 0 });
                    let time = time.raw();
                    let halt = event(time, time, body, EventFlags::default());
                    self.see(&halt, |venue| venue.cancel_all(Nanos::from_raw(time)));
                }
            },
        }
    }

    /// What the corridor does with an event: `answers` is what the stages before the venue do with it.
    fn see(&mut self, event: &Event, answers: impl FnOnce(&mut SimVenue)) {
        self.venue.coming(event, self.market);
        self.market.apply(event);
        answers(self.venue);
        self.venue.on_event(event, self.market);
    }

    fn promise(&mut self, promise: &Promise) {
        self.venue.on_promise(promise, self.market);
    }
}

/// For each input, when the next market event from there on happens at the venue.
fn next_market(inputs: &[Input]) -> Vec<Nanos> {
    let mut next = vec![Nanos::MAX; inputs.len() + 1];
    for at in (0..inputs.len()).rev() {
        next[at] = is_market(&inputs[at]).unwrap_or(next[at + 1]);
    }
    next
}

/// Drives the venue through a script, with everything on one thread.
///
/// The rules: reports that are out and due go first; an input goes when it is earlier than the
/// horizon; else the venue is promised that input. When a report comes out of that it is sequenced
/// and everything is asked anew; when none does, the input goes.
pub fn run(
    market: &mut Market,
    venue: &mut SimVenue,
    inputs: &[Input],
    answer: impl Answer,
) -> Run {
    let next_market = next_market(inputs);
    let mut stages = Stages { market, venue, inputs, answer, run: Run::default() };
    let mut at = 0;
    let mut ready: Option<Event> = None;
    loop {
        let candidate = inputs.get(at).map_or(Nanos::MAX, Input::time);
        ready = ready.or_else(|| stages.venue.pop_report());
        if ready.is_none() && candidate >= stages.venue.horizon() {
            stages.promise(&Promise {
                id: 0,
                market_not_before: next_market[at],
                input_not_before: candidate,
            });
            ready = stages.venue.pop_report();
        }
        if let Some(event) = ready.filter(|event| event.time() <= candidate) {
            ready = None;
            stages.take(Sequenced::Report(event));
        } else if at < inputs.len() {
            stages.take(Sequenced::Input(at));
            at += 1;
        } else {
            return stages.run;
        }
    }
}

/// The same with the sequencer on a thread of its own, in effect: what it releases travels by a
/// ring, what the venue says comes back by another, and `toss` decides who works next.
pub fn run_split(
    market: &mut Market,
    venue: &mut SimVenue,
    inputs: &[Input],
    answer: impl Answer,
    mut toss: impl FnMut() -> bool,
) -> Run {
    enum Down {
        One(Sequenced),
        Ask(Promise),
    }
    enum Up {
        Report(Event),
        Horizon(Nanos),
    }
    let next_market = next_market(inputs);
    let mut stages = Stages { market, venue, inputs, answer, run: Run::default() };
    let (mut down, mut up) = (VecDeque::new(), VecDeque::new());
    // What the sequencer knows.
    let (mut at, mut horizon, mut known) = (0, Nanos::MIN, VecDeque::<Event>::new());
    let mut asked = false;
    let mut certain = false;
    loop {
        if toss() {
            // The venue's thread takes one message.
            match down.pop_front() {
                Some(Down::One(one)) => stages.take(one),
                Some(Down::Ask(promise)) => stages.promise(&promise),
                None => continue,
            }
            while let Some(event) = stages.venue.pop_report() {
                up.push_back(Up::Report(event));
            }
            up.push_back(Up::Horizon(stages.venue.horizon()));
            continue;
        }
        // The sequencer's thread first hears all, then releases one input or asks.
        while let Some(one) = up.pop_front() {
            match one {
                Up::Report(event) => known.push_back(event),
                Up::Horizon(time) => horizon = time,
            }
        }
        let candidate = inputs.get(at).map_or(Nanos::MAX, Input::time);
        let idle = down.is_empty();
        if let Some(event) = known.front().copied().filter(|event| event.time() <= candidate) {
            known.pop_front();
            down.push_back(Down::One(Sequenced::Report(event)));
            (asked, certain) = (false, false);
        } else if at < inputs.len() && (candidate < horizon || certain) {
            down.push_back(Down::One(Sequenced::Input(at)));
            at += 1;
            (asked, certain) = (false, false);
        } else if !asked {
            down.push_back(Down::Ask(Promise {
                id: 0,
                market_not_before: next_market[at],
                input_not_before: candidate,
            }));
            asked = true;
        } else if idle && at < inputs.len() {
            // The promise was heard and no report came of it: the input is next.
            certain = true;
        } else if idle {
            return stages.run;
        }
    }
}

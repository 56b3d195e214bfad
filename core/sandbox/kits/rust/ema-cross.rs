//! ema-cross: holds one lot while the fast average of trade prices is above the slow one.
//!
//! Shows how state is handed over. Layout and words are those of `ema-cross.c` in the kit for C, so that
//! either goes on where the other one stopped.
#![no_std]

mod royale;
use royale::{Event, HandOver, Intent, Reasons, Strategy, STATE_WORDS};

const INSTRUMENT: u32 = 0;

struct EmaCross {
    /// Averages, in USD.
    fast: f64,
    slow: f64,
    /// Over how many trades.
    fast_span: f64,
    slow_span: f64,
    /// Trades so far.
    seen: u64,
    lot: i64,
}

impl Strategy for EmaCross {
    const WANTS: u64 = royale::events(royale::TRADE);

    fn init(instruments: u32) -> Result<Self, i32> {
        let fast_span = royale::param("fast", 50.0);
        let slow_span = royale::param("slow", 500.0);
        if instruments == 0 {
            return Err(-1);
        }
        let lot = royale::instrument(INSTRUMENT).ok_or(-1)?.lot;
        if !(fast_span >= 1.0 && fast_span < slow_span && slow_span <= 1e6) {
            return Err(-2);
        }
        Ok(Self { fast: 0.0, slow: 0.0, fast_span, slow_span, seen: 0, lot })
    }

    fn on_event(&mut self, event: &Event) {
        if event.kind != royale::TRADE || event.instrument != INSTRUMENT {
            return;
        }
        let price = royale::to_f64(event.word[royale::TRADE_PRICE]);
        if self.seen == 0 {
            self.fast = price;
            self.slow = price;
        }
        self.seen += 1;
        self.fast += (price - self.fast) * 2.0 / (self.fast_span + 1.0);
        self.slow += (price - self.slow) * 2.0 / (self.slow_span + 1.0);
        if (self.seen as f64) < self.slow_span || royale::orders(&mut []) != 0 {
            return;
        }
        let above = self.fast - self.slow;
        let held = royale::position(INSTRUMENT).map_or(0, |position| position.held);
        let side = if held == 0 && above > 0.0 {
            royale::BUY
        } else if held > 0 && above < 0.0 {
            royale::SELL
        } else {
            return;
        };
        let reasons = Reasons::new().because(royale::FEATURE_MOMENTUM, above, above);
        let reasons = reasons.because(royale::FEATURE_INVENTORY, royale::to_f64(held), 0.0);
        royale::submit(&Intent {
            instrument: INSTRUMENT,
            side,
            ord_type: royale::MARKET_ORDER,
            time_in_force: royale::IMMEDIATE_OR_CANCEL,
            regime: if above > 0.0 { royale::REGIME_BULL } else { royale::REGIME_BEAR },
            price: 0,
            qty: self.lot,
            confidence: 0.5,
            reasons,
        });
    }
}

impl HandOver for EmaCross {
    const LAYOUT: u64 = 0x656d_615f_6372_6f31; // "ema_cro1"

    fn export(&self, words: &mut [u64; STATE_WORDS]) -> usize {
        let numbers = [self.fast, self.slow, self.fast_span, self.slow_span];
        for (word, number) in words.iter_mut().zip(numbers) {
            *word = number.to_bits();
        }
        words[4] = self.seen;
        5
    }

    fn import(&mut self, words: &[u64]) -> bool {
        let own = (self.fast_span.to_bits(), self.slow_span.to_bits());
        match *words {
            [fast, slow, fast_span, slow_span, seen] if (fast_span, slow_span) == own => {
                self.fast = f64::from_bits(fast);
                self.slow = f64::from_bits(slow);
                self.seen = seen;
                true
            }
            _ => false,
        }
    }
}

royale::strategy!(EmaCross);
royale::hand_over!(EmaCross);

//! dip: buys one lot when the price is `drop` below the highest seen, and sells it at that high.
#![no_std]

mod royale;
use royale::{Event, Intent, Reasons, Strategy};

const INSTRUMENT: u32 = 0;

struct Dip {
    drop: i64,
    lot: i64,
    high: i64,
}

impl Strategy for Dip {
    const WANTS: u64 = royale::events(royale::TRADE); // Add what else you look at.

    fn init(instruments: u32) -> Result<Self, i32> {
        let usd = royale::param("drop", 50.0);
        if instruments == 0 {
            return Err(-1);
        }
        let lot = royale::instrument(INSTRUMENT).ok_or(-1)?.lot;
        if !(0.01..=1e6).contains(&usd) {
            return Err(-2);
        }
        Ok(Self { drop: royale::on_grid(usd, 1).ok_or(-2)?, lot, high: 0 })
    }

    fn on_event(&mut self, event: &Event) {
        if event.kind != royale::TRADE || event.instrument != INSTRUMENT {
            return;
        }
        if royale::orders(&mut []) != 0 {
            return;
        }
        let price = event.word[royale::TRADE_PRICE];
        self.high = self.high.max(price);
        let below = self.high.saturating_sub(price);
        let held = royale::position(INSTRUMENT).map_or(0, |position| position.held);
        let side = if held == 0 && below >= self.drop {
            royale::BUY
        } else if held > 0 && below == 0 {
            royale::SELL
        } else {
            return;
        };
        let seen = royale::to_f64(below);
        let reasons = Reasons::new().because(royale::FEATURE_MOMENTUM, -seen, seen);
        let reasons = reasons.because(royale::FEATURE_INVENTORY, royale::to_f64(held), 0.0);
        royale::submit(&Intent {
            instrument: INSTRUMENT,
            side,
            ord_type: royale::MARKET_ORDER,
            time_in_force: royale::IMMEDIATE_OR_CANCEL,
            regime: royale::REGIME_UNKNOWN,
            price: 0,
            qty: self.lot,
            confidence: 0.5,
            reasons,
        });
    }
}

royale::strategy!(Dip);

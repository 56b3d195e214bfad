//! The value at any moment against the bounds that were given before it.

use super::*;
use crate::fair_value::PARAMETERS;
use crate::parameter::{ParamValue, Parameters};
use crate::pricer::Pricer;
use proptest::prelude::*;
use royale_model::{InstrumentKind, Price, Text, Venue};

const CONTRACT: InstrumentId = InstrumentId(1);

fn contract(strike: f64, expiry: Nanos) -> Instrument {
    let symbol = Text::new("EVENT").unwrap();
    let mut contract =
        Instrument::new(CONTRACT, symbol, InstrumentKind::BinaryEvent, Venue::Kalshi);
    contract.strike = Price::from_f64_on_grid(strike, Price::from_raw(1)).unwrap();
    contract.expiry = expiry;
    contract
}

fn pricer(written: &[(&str, f64)]) -> Pricer {
    let pairs = written.iter().map(|&(name, value)| (name.to_owned(), ParamValue::Number(value)));
    Pricer::new(&Parameters::check("fair-value", PARAMETERS, &pairs.collect()).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_value_stays_within_its_outlook(
        // From the calmest to one that moves by a hundredth in a second.
        moves in -6.0..-2.0_f64,
        signs in prop::collection::vec(any::<bool>(), 80),
        // Standard deviations of 15 minutes.
        off in -4.0..4.0_f64,
        left_ms in 1_000..1_000_000_i64,
        basis_bp in prop_oneof![Just(0.0), 0.0..20.0],
        averaging_s in prop_oneof![Just(60.0), Just(0.0), 0.0..200.0],
        spot_age_max_s in prop_oneof![Just(5.0), Just(0.1)],
        late_ms in 0..90_i64,
        later in prop::collection::vec(0.0..=1.0_f64, 8),
    ) {
        let written =
            [("basis_bp", basis_bp), ("averaging_s", averaging_s), ("spot_age_max_s", spot_age_max_s)];
        let mut pricer = pricer(&written);
        let (size, mut spot) = (10_f64.powf(moves), 80_000.0);
        let last = Nanos::from_secs(signs.len() as i64);
        let now = last.plus(Nanos::from_millis(late_ms));
        let strike = 80_000.0 * (1.0 + off * 30.0 * size).max(0.1);
        let contract = contract(strike, now.plus(Nanos::from_millis(left_ms)));
        for (second, up) in (1..).zip(&signs) {
            spot *= 1.0 + if *up { size } else { -size };
            pricer.on_spot(Nanos::from_secs(second), spot, Some(&contract));
        }
        prop_assert!(pricer.outlook(CONTRACT, now).is_none());
        let value = pricer.fair(&contract, now);
        let Some(outlook) = pricer.outlook(CONTRACT, now).copied() else { return Ok(()) };
        prop_assert!(value.is_some() && outlook.low < outlook.high);
        prop_assert!(pricer.outlook(InstrumentId(2), now).is_none(), "of another contract");
        let ahead = outlook.until.since(now).raw();
        for share in later.into_iter().chain([0.0, 1.0]) {
            let then = now.plus(Nanos::from_raw((ahead as f64 * share) as i64));
            let value = pricer.clone().fair(&contract, then).map(|fair| fair.probability);
            let within = value.is_some_and(|p| (outlook.low..=outlook.high).contains(&p));
            prop_assert!(within, "{value:?} at {then:?}, {outlook:?}");
        }
        prop_assert!(pricer.outlook(CONTRACT, outlook.until.plus(Nanos::from_raw(1))).is_none());
        pricer.on_spot(now, spot, Some(&contract));
        prop_assert!(pricer.outlook(CONTRACT, now).is_none(), "a print is more than time");
    }
}

/// Bounds that are as wide as all values say nothing, and would cost what they save.
#[test]
fn ten_minutes_before_the_close_half_a_second_is_little() {
    let mut pricer = pricer(&[]);
    let contract = contract(80_000.0, Nanos::from_secs(700));
    for second in 1..=100 {
        pricer.on_spot(Nanos::from_secs(second), 80_000.0 + (second % 3) as f64, Some(&contract));
    }
    assert!(pricer.fair(&contract, Nanos::from_secs(100)).is_some());
    let outlook = pricer.outlook(CONTRACT, Nanos::from_secs(100)).unwrap();
    assert!(outlook.high - outlook.low < 0.001, "{outlook:?}");
    assert_eq!(outlook.until, Nanos::from_millis(100_500));
}

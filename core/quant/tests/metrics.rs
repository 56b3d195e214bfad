//! Performance metrics against empyrical, quantstats and the papers' formulas.

mod support;

use royale_quant::metrics::{
    Correction, EquityStats, SharpeEvidence, TradeStats, adjusted_p_values, batch,
    expected_max_sharpe, probabilistic_sharpe,
};
use serde_json::Value;
use support::{Comparison, Table};

const DAYS: f64 = 252.0;

fn reference() -> Value {
    serde_json::from_str(include_str!("data/performance_metrics.json")).expect("valid JSON")
}

fn comparison(name: &str) -> Comparison {
    Comparison::new(name, 1e-9, 1e-12)
}

/// A number, an infinity written as a string, or nothing.
fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        _ => value.as_f64(),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("array").iter().map(|x| x.as_f64().expect("number")).collect()
}

/// A field that has to be there: a missing one would read as "not defined".
fn field<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or_else(|| panic!("no reference for {name}"))
}

/// The equity curve of a case, from 1.0.
fn curve(returns: &[f64]) -> Vec<f64> {
    let grow = |equity: &mut f64, r: &f64| {
        *equity *= 1.0 + r;
        Some(*equity)
    };
    returns.iter().scan(1.0, grow).collect()
}

#[test]
fn streaming_equity_statistics() {
    let table = Table::parse(include_str!("data/strategy_returns.csv"));
    for case in reference()["cases"].as_array().unwrap() {
        let name = case["data"].as_str().unwrap();
        let mut stats = EquityStats::new(1.0, DAYS).unwrap();
        for equity in curve(&table.numbers(name)) {
            stats.update(equity);
        }
        let (empyrical, own) = (&case["empyrical"], &case["own"]);
        let returns = stats.returns();
        let mut against = comparison(name);
        let mut check = |label: &str, ours: Option<f64>, expected: &Value| {
            against.check(label, ours, number(expected));
        };
        check("total return", stats.total_return(), field(empyrical, "total_return"));
        check("sharpe", stats.sharpe(), field(empyrical, "sharpe"));
        check("sortino", stats.sortino(), field(empyrical, "sortino"));
        check("downside", returns.downside_risk(), field(empyrical, "downside_risk"));
        check("calmar", stats.calmar(), field(empyrical, "calmar"));
        check("drawdown", stats.max_drawdown(), field(empyrical, "max_drawdown"));
        check("cagr", stats.cagr(), field(empyrical, "cagr"));
        check("volatility", stats.volatility(), field(empyrical, "annual_volatility"));
        check("factor", stats.profit_factor(), field(&case["quantstats"], "profit_factor_returns"));
        check("payoff", returns.tally().payoff_ratio(), field(&case["quantstats"], "payoff_ratio"));
        check("sharpe per bar", returns.sharpe_per_period(), field(own, "sharpe_per_bar"));
        check("skew", returns.skewness(), field(own, "skew_biased"));
        check("kurtosis", returns.kurtosis(), field(own, "kurtosis_biased_raw"));
        check("expectancy", stats.expectancy(), field(own, "expectancy_per_bar"));
        check("win rate", stats.win_rate(), field(own, "win_rate_all_bars"));
        check("average win", returns.tally().average_win(), field(own, "avg_win"));
        check("average loss", returns.tally().average_loss(), field(own, "avg_loss"));
        check("psr 0", stats.probabilistic_sharpe(0.0), field(own, "psr_0"));
        check("psr 1", stats.probabilistic_sharpe(1.0), field(own, "psr_benchmark_annual_1"));
        let length = returns.min_track_record_length(0.95);
        check("min trl", length, field(own, "min_track_record_length_95"));
        let underwater = Some(stats.underwater_max() as f64);
        check("underwater", underwater, field(&own["drawdown"], "longest_underwater_bars"));
    }
}

#[test]
fn batch_equity_statistics() {
    let table = Table::parse(include_str!("data/strategy_returns.csv"));
    for case in reference()["cases"].as_array().unwrap() {
        let name = case["data"].as_str().unwrap();
        let returns = table.numbers(name);
        let equity = curve(&returns);
        let (empyrical, own) = (&case["empyrical"], &case["own"]);
        let mut against = comparison(name);
        let mut check = |label: &str, ours: Option<f64>, expected: &Value| {
            against.check(label, ours, number(expected));
        };
        check("total return", batch::total_return(1.0, &equity), field(empyrical, "total_return"));
        check("sharpe", batch::sharpe(&returns, DAYS), field(empyrical, "sharpe"));
        check("sortino", batch::sortino(&returns, DAYS), field(empyrical, "sortino"));
        check("downside", batch::downside_risk(&returns, DAYS), field(empyrical, "downside_risk"));
        check("calmar", batch::calmar(1.0, &equity, DAYS), field(empyrical, "calmar"));
        check("drawdown", batch::max_drawdown(1.0, &equity), field(empyrical, "max_drawdown"));
        check("cagr", batch::cagr(1.0, &equity, DAYS), field(empyrical, "cagr"));
        check(
            "volatility",
            batch::volatility(&returns, DAYS),
            field(empyrical, "annual_volatility"),
        );
        let factor = batch::profit_factor(&returns);
        check("factor", factor, field(&case["quantstats"], "profit_factor_returns"));
        check("skew", batch::skewness(&returns), field(own, "skew_biased"));
        check("kurtosis", batch::kurtosis(&returns), field(own, "kurtosis_biased_raw"));
        check("expectancy", batch::mean(&returns), field(own, "expectancy_per_bar"));
        check("win rate", batch::win_rate(&returns), field(own, "win_rate_all_bars"));
        check("average win", batch::average_win(&returns), field(own, "avg_win"));
        check("average loss", batch::average_loss(&returns), field(own, "avg_loss"));
    }
}

#[test]
fn trade_statistics() {
    for set in reference()["trade_sets"].as_array().unwrap() {
        let mut stats = TradeStats::new();
        for (pnl, risk) in numbers(&set["pnl"]).iter().zip(numbers(&set["initial_risk"])) {
            stats.update_with_risk(*pnl, risk);
        }
        let tally = stats.tally();
        let mut against = comparison("trades");
        let mut check = |name: &str, ours: Option<f64>| {
            against.check(name, ours, number(field(set, name)));
        };
        check("n", Some(stats.count() as f64));
        check("win_rate", stats.win_rate());
        check("win_rate_excl_breakeven", tally.win_rate_decided());
        check("profit_factor", stats.profit_factor());
        check("expectancy", stats.expectancy());
        check("avg_win", tally.average_win());
        check("avg_loss", tally.average_loss());
        check("payoff_ratio", tally.payoff_ratio());
        check("expectancy_r", stats.expectancy_r());
        check("sqn", stats.sqn());
        check("t_stat", stats.t_statistic());
        check("max_consecutive_wins", Some(stats.winning_streak_max() as f64));
        check("max_consecutive_losses", Some(stats.losing_streak_max() as f64));
        check("largest_win", tally.largest_win());
        check("largest_loss", tally.largest_loss());
        check("gross_profit", Some(tally.gross_profit()));
        check("gross_loss", Some(tally.gross_loss()));
    }
}

#[test]
fn deflated_sharpe() {
    let file = reference();
    let mut against = comparison("deflated");
    for case in file["deflated"].as_array().unwrap() {
        let get = |name: &str| case[name].as_f64().unwrap();
        let periods_per_year = get("periods_per_year");
        let evidence = SharpeEvidence {
            sharpe: get("sharpe_annual") / periods_per_year.sqrt(),
            periods: case["n"].as_u64().unwrap(),
            skewness: get("skew"),
            kurtosis: get("kurtosis"),
        };
        let variance = get("var_of_trial_sharpes_annual") / periods_per_year;
        let benchmark = expected_max_sharpe(variance, case["trials"].as_u64().unwrap());
        against.check("benchmark", benchmark, number(&case["expected_max_sharpe_per_bar"]));
        let deflated = probabilistic_sharpe(&evidence, benchmark.unwrap());
        against.check("deflated", deflated, number(&case["deflated_sharpe"]));
    }
}

/// Bailey and López de Prado (2014): annual Sharpe 2.5 over 1250 days, skewness -3, kurtosis 10,
/// the best of 100 trials with variance 1/2; they print 0.9004.
#[test]
fn deflated_sharpe_of_the_papers_example() {
    let sharpe = 2.5 / 250.0_f64.sqrt();
    let evidence = SharpeEvidence { sharpe, periods: 1250, skewness: -3.0, kurtosis: 10.0 };
    let benchmark = expected_max_sharpe(0.5 / 250.0, 100).unwrap();
    let deflated = probabilistic_sharpe(&evidence, benchmark).unwrap();
    assert!((deflated - 0.9004).abs() < 0.000_05);
}

#[test]
fn p_values_corrected_for_their_number() {
    let file = reference();
    let tests = &file["multiple_testing"];
    let p_values = numbers(&tests["p"]);
    for (name, correction) in [
        ("bonferroni", Correction::Bonferroni),
        ("holm", Correction::Holm),
        ("fdr_bh", Correction::BenjaminiHochberg),
    ] {
        let ours = adjusted_p_values(&p_values, correction).unwrap();
        let theirs = numbers(&tests["adjusted"][name]);
        let mut against = comparison(name);
        assert_eq!(ours.len(), theirs.len());
        for (p, (a, b)) in p_values.iter().zip(ours.iter().zip(theirs)) {
            against.check(&format!("{p}"), Some(*a), Some(b));
        }
    }
}

//! Latency of the engine, measured by the wall clock: the one section that differs from run to run.
//!
//! Reads `latency.json` leniently: `stages` is a list of objects or an object of objects, each with
//! `p50`, `p90`, `p99`, `p99_9`, `p99_99` and `max` in nanoseconds (a suffix `_ns` is allowed).

use crate::html::{count, esc};
use crate::page::Season;
use crate::percentiles::{LogScale, duration};
use serde_json::Value;

const PERCENTILES: [(&str, &[&str]); 6] = [
    ("p50", &["p50", "p50_ns"]),
    ("p90", &["p90", "p90_ns"]),
    ("p99", &["p99", "p99_ns"]),
    ("p99.9", &["p99_9", "p99.9", "p999", "p99_9_ns", "p999_ns"]),
    ("p99.99", &["p99_99", "p99.99", "p9999", "p99_99_ns", "p9999_ns"]),
    ("max", &["max", "max_ns"]),
];

struct Stage {
    name: String,
    samples: Option<u64>,
    values: [Option<f64>; 6],
}

pub(crate) fn render(out: &mut String, seasons: &[Season<'_>]) {
    let measured: Vec<_> = seasons
        .iter()
        .filter_map(|season| season.latency.as_ref().map(|value| (season, stages(value))))
        .filter(|(_, stages)| !stages.is_empty())
        .collect();
    let Some((season, stages)) = measured.first() else { return };
    out.push_str(
        "<h2>Latency of the engine</h2><p class=\"warn\">Wall-clock figures of the machine that ran \
         it: unlike everything else on this page they differ from run to run.</p>",
    );
    if seasons.len() > 1 {
        out.push_str(&format!("<p class=\"note\">Measured in {}.</p>", esc(&season.name)));
    }
    plot(out, stages);
    out.push_str(
        "<div class=\"wide\"><table><thead><tr><th>Stage</th><th class=\"num\">Samples</th>",
    );
    for (name, _) in PERCENTILES {
        out.push_str(&format!("<th class=\"num\">{name}</th>"));
    }
    out.push_str("</tr></thead><tbody>");
    for (index, stage) in stages.iter().enumerate() {
        out.push_str(&format!(
            "<tr><td class=\"name\"><span class=\"k{}\"><span class=\"dot\"></span></span>{}</td>\
             <td class=\"num\">{}</td>",
            index % 10,
            esc(&stage.name),
            stage.samples.map_or_else(|| "–".to_owned(), count)
        ));
        for value in stage.values {
            let text = value.map_or_else(|| "–".to_owned(), duration);
            out.push_str(&format!("<td class=\"num\">{text}</td>"));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
}

fn stages(value: &Value) -> Vec<Stage> {
    let named: Vec<(String, &Value)> = match value.get("stages").unwrap_or(value) {
        Value::Array(list) => list
            .iter()
            .map(|item| {
                let name = item.get("stage").or_else(|| item.get("name")).and_then(Value::as_str);
                (name.unwrap_or("stage").to_owned(), item)
            })
            .collect(),
        Value::Object(map) => map.iter().map(|(name, item)| (name.clone(), item)).collect(),
        _ => Vec::new(),
    };
    named
        .into_iter()
        .filter(|(_, item)| is_of_the_engine(item))
        .map(|(name, item)| Stage {
            name,
            samples: ["count", "samples"].iter().find_map(|key| item.get(key)?.as_u64()),
            values: PERCENTILES.map(|(_, keys)| {
                keys.iter().find_map(|key| item.get(key)?.as_f64()).filter(|v| *v >= 0.0)
            }),
        })
        .filter(|stage| stage.values.iter().any(Option::is_some))
        .collect()
}

/// False for the rows of single slots, of which `ctl latency` tells, and for the venue's answers,
/// which are no figure of this machine.
fn is_of_the_engine(row: &Value) -> bool {
    let of_slot = row.get("slot").is_some_and(|slot| !slot.is_null());
    !of_slot && row.get("time").is_none_or(|time| time != "event")
}

/// Percentiles left to right in equal steps, nanoseconds upwards on a logarithmic scale.
fn plot(out: &mut String, stages: &[Stage]) {
    let all = stages.iter().flat_map(|stage| stage.values.iter().flatten());
    let scale = LogScale::around(all.copied());
    let y = |nanos: f64| scale.depth(nanos) * 300.0;
    out.push_str(
        "<div class=\"chart tall\"><svg viewBox=\"0 0 1000 300\" preserveAspectRatio=\"none\" \
         role=\"img\" aria-label=\"Latency percentiles by stage\">",
    );
    let mut labels = String::new();
    for decade in scale.decades() {
        let at = y(decade);
        out.push_str(&format!("<path class=\"grid\" d=\"M0 {at:.1}H1000\"/>"));
        labels.push_str(&format!(
            "<span class=\"y\" style=\"top:{:.2}%\">{}</span>",
            at / 3.0,
            duration(decade)
        ));
    }
    for (index, (name, _)) in PERCENTILES.iter().enumerate() {
        let place = match index {
            0 => "first",
            5 => "last",
            _ => "mid",
        };
        labels.push_str(&format!(
            "<span class=\"x {place}\" style=\"left:{}%\">{name}</span>",
            index * 20
        ));
    }
    for (index, stage) in stages.iter().enumerate() {
        let mut d = String::new();
        for (at, value) in stage.values.iter().enumerate() {
            if let Some(value) = value {
                let command = if d.is_empty() { 'M' } else { 'L' };
                d.push_str(&format!("{command}{} {:.1}", at * 200, y(*value)));
            }
        }
        out.push_str(&format!(
            "<path class=\"k{}\" d=\"{d}\"><title>{}</title></path>",
            index % 10,
            esc(&stage.name)
        ));
    }
    out.push_str(&format!("</svg>{labels}</div>"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_the_file_are_read() {
        let list =
            serde_json::json!({"stages": [{"stage": "risk", "count": 5, "p50": 250, "max": 9000}]});
        let map =
            serde_json::json!({"stages": {"risk": {"samples": 5, "p50_ns": 250, "max_ns": 9000}}});
        for value in [list, map] {
            let [stage] = &stages(&value)[..] else { panic!("one stage") };
            assert_eq!((stage.name.as_str(), stage.samples), ("risk", Some(5)));
            assert_eq!((stage.values[0], stage.values[5]), (Some(250.0), Some(9000.0)));
        }
        assert!(stages(&serde_json::json!({"engine": "x"})).is_empty());
        let rows = serde_json::json!({"stages": [
            {"name": "risk", "slot": null, "time": "wall", "p50_ns": 1},
            {"name": "tick-to-order", "slot": "trend", "time": "wall", "p50_ns": 2},
            {"name": "order-to-ack", "slot": null, "time": "event", "p50_ns": 3},
        ]});
        let names: Vec<_> = stages(&rows).into_iter().map(|stage| stage.name).collect();
        assert_eq!(names, ["risk"], "the page shows what this machine took, once");
    }
}

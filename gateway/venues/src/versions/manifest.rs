//! A version's manifest: everything that makes it, in one text whose SHA-256 stands on the journal.
//!
//! Owns the text. Must never leave out anything that a replay needs to make the version again.

use royale_codec::swap::{OrdersChoice, StrategyChoice, Swap};
use royale_config::{Param, Slot};
use royale_engine::strategy::{LiveOrders, Plan};
use royale_model::Nanos;
use royale_strategies::{ParamValue, registry};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Everything that makes a version.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What it runs.
    pub strategy: StrategyChoice,
    /// Whether it takes over the state of the version before.
    pub carry: bool,
    /// So long it listens before it answers.
    pub shadow_ms: u64,
    /// So long the version before may take the slot back.
    pub probation_ms: u64,
    /// What becomes of live orders.
    pub orders: OrdersChoice,
    /// Why somebody wanted it.
    pub reason: String,
    /// Its parameters.
    pub params: BTreeMap<String, Value>,
}

/// A parameter's value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Any number.
    Number(f64),
    /// Anything else.
    Text(String),
}

impl Value {
    /// The value of a text as written after `--param name=`.
    fn parse(text: &str) -> Self {
        let number = || text.parse::<f64>().ok().filter(|number| number.is_finite());
        match text {
            "true" => Self::Flag(true),
            "false" => Self::Flag(false),
            _ => match (text.parse(), number()) {
                (Ok(integer), _) => Self::Integer(integer),
                (_, Some(number)) => Self::Number(number),
                _ => Self::Text(text.to_owned()),
            },
        }
    }
}

impl Manifest {
    /// What somebody asks for.
    pub fn of_swap(swap: &Swap) -> Self {
        let value = |(name, text): (&String, &String)| (name.clone(), Value::parse(text));
        Self {
            strategy: swap.strategy.clone(),
            carry: swap.carry,
            shadow_ms: swap.shadow_ms,
            probation_ms: swap.probation_ms,
            orders: swap.orders,
            reason: swap.reason.clone(),
            params: swap.params.iter().map(value).collect(),
        }
    }
    /// What a slot began with.
    pub fn of_slot(slot: &Slot) -> Self {
        let value = |(name, param): (&String, &Param)| {
            let value = match param {
                Param::Integer(integer) => Value::Integer(*integer),
                Param::Float(number) => Value::Number(*number),
                Param::Text(text) => Value::Text(text.clone()),
                Param::Flag(flag) => Value::Flag(*flag),
            };
            (name.clone(), value)
        };
        Self {
            strategy: match (&slot.module, slot.strategy.as_str()) {
                (Some(module), _) => StrategyChoice::Module { sha256: module.sha256.clone() },
                (None, Slot::VACANT) => StrategyChoice::Vacant {},
                (None, name) => StrategyChoice::Native { name: name.to_owned() },
            },
            carry: false,
            shadow_ms: 0,
            probation_ms: 0,
            orders: OrdersChoice::default(),
            reason: String::new(),
            params: slot.params.iter().map(value).collect(),
        }
    }

    /// How it takes over.
    pub fn plan(&self) -> Plan {
        let millis =
            |ms: u64| Nanos::from_millis(i64::try_from(ms).unwrap_or(i64::MAX / 1_000_000));
        Plan {
            carry: self.carry,
            shadow: millis(self.shadow_ms),
            probation: millis(self.probation_ms),
            live_orders: match self.orders {
                OrdersChoice::HandOver => LiveOrders::HandOver,
                OrdersChoice::Cancel => LiveOrders::Cancel,
            },
        }
    }
    /// Its parameters, as native strategies take them.
    pub fn native_params(&self) -> BTreeMap<String, ParamValue> {
        let value = |value: &Value| match value {
            Value::Flag(flag) => ParamValue::Bool(*flag),
            Value::Integer(integer) => ParamValue::Number(*integer as f64),
            Value::Number(number) => ParamValue::Number(*number),
            Value::Text(text) => ParamValue::Text(text.clone()),
        };
        self.params.iter().map(|(name, one)| (name.clone(), value(one))).collect()
    }
    /// Says why another could not take its state over, as far as that is known before it is tried: a
    /// module says so itself at the exchange.
    pub fn hands_over_to(&self, other: &Self) -> Result<(), String> {
        match (&self.strategy, &other.strategy) {
            (StrategyChoice::Native { name: from }, StrategyChoice::Native { name: to }) => {
                let (old, new) = (self.native_params(), other.native_params());
                registry::hands_over((from, &old), (to, &new))
            }
            _ => Ok(()),
        }
    }
    /// Its parameters, as modules take them: numbers.
    pub fn guest_params(&self) -> Result<BTreeMap<String, f64>, String> {
        let number = |(name, value): (&String, &Value)| match value {
            Value::Flag(flag) => Ok((name.clone(), f64::from(u8::from(*flag)))),
            Value::Integer(integer) => Ok((name.clone(), *integer as f64)),
            Value::Number(number) => Ok((name.clone(), *number)),
            Value::Text(text) => {
                Err(format!("{name}: `{text}` is not a number; a module's parameters are numbers"))
            }
        };
        self.params.iter().map(number).collect()
    }
    /// What it runs, in a word.
    pub fn label(&self) -> String {
        match &self.strategy {
            StrategyChoice::Native { name } => name.clone(),
            StrategyChoice::Module { sha256 } => {
                format!("wasm:{}", sha256.get(..12).unwrap_or_default())
            }
            StrategyChoice::Vacant {} => "vacant".to_owned(),
        }
    }

    /// The text, and its SHA-256.
    pub fn text(&self) -> Result<(String, [u8; 32]), String> {
        let text = toml::to_string(self).map_err(|error| error.to_string())?;
        let digest = Sha256::digest(text.as_bytes()).into();
        Ok((text, digest))
    }
    /// From a text.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

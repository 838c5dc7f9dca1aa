//! Filters: comparisons over fields of a payload, all of which must hold.
//!
//! `{"amount": {"gte": 100}, "customer.country": {"in": ["DE", "AT"]}, "state": "paid"}`

use std::cmp::Ordering;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::base::error::Detail;
use crate::base::{Error, Result};

const MOST_CONDITIONS: usize = 20;
const MOST_CHOICES: usize = 100;
const LONGEST_PATH: usize = 200;

const OPERATORS: &str = "eq, ne, gt, gte, lt, lte, in or exists";

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Eq(Json),
    Ne(Json),
    Greater { than: Json, or_equal: bool },
    Less { than: Json, or_equal: bool },
    In(Vec<Json>),
    Exists(bool),
}

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    path: Vec<String>,
    test: Test,
}

/// What a subscription asks of a payload.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    conditions: Vec<Condition>,
    /// As it was written.
    source: Map<String, Json>,
}

impl Filter {
    pub fn parse(source: Map<String, Json>) -> Result<Self> {
        let mut conditions = Vec::new();
        for (path, asked) in &source {
            let at = format!("filter.{path}");
            if path.len() > LONGEST_PATH || path.split('.').any(str::is_empty) {
                let message = "must be a field, or fields within fields with dots between them, such as customer.country";
                return Err(Error::invalid(at, message));
            }
            let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
            let mut add = |test| conditions.push(Condition { path: parts.clone(), test });
            match asked {
                Json::Object(tests) if tests.is_empty() => {
                    return Err(Error::invalid(at, format!("must have a comparison: {OPERATORS}")));
                }
                Json::Object(tests) => {
                    for (operator, value) in tests {
                        add(test(operator, value)
                            .map_err(|message| Error::invalid(format!("{at}.{operator}"), message))?);
                    }
                }
                Json::Array(_) => {
                    return Err(Error::invalid(at, "is a list; write {\"in\": […]} for one of several"));
                }
                value => add(Test::Eq(value.clone())),
            }
        }
        match conditions.len() {
            0 => Err(Error::invalid("filter", "must have a condition; leave it out to get every event")),
            1..=MOST_CONDITIONS => Ok(Self { conditions, source }),
            _ => Err(Error::invalid("filter", format!("must have at most {MOST_CONDITIONS} comparisons"))),
        }
    }

    pub fn matches(&self, payload: &Json) -> bool {
        self.conditions.iter().all(|condition| condition.holds(payload))
    }

    /// As a row keeps it.
    pub fn stored(&self) -> String {
        Json::Object(self.source.clone()).to_string()
    }

    /// Nothing for what another version wrote and this one can't read.
    pub fn of(stored: &str) -> Option<Self> {
        serde_json::from_str(stored).ok().and_then(|source| Self::parse(source).ok())
    }
}

fn test(operator: &str, value: &Json) -> Result<Test, String> {
    let comparable = || match value {
        Json::Number(_) | Json::String(_) => Ok(value.clone()),
        _ => Err("must be compared with a number or a text".to_owned()),
    };
    let plain = || match value {
        Json::Array(_) | Json::Object(_) => Err("must be a text, a number, true, false or null".to_owned()),
        _ => Ok(value.clone()),
    };
    match (operator, value) {
        ("eq", _) => plain().map(Test::Eq),
        ("ne", _) => plain().map(Test::Ne),
        ("gt" | "gte", _) => Ok(Test::Greater { than: comparable()?, or_equal: operator == "gte" }),
        ("lt" | "lte", _) => Ok(Test::Less { than: comparable()?, or_equal: operator == "lte" }),
        ("in", Json::Array(choices)) if (1..=MOST_CHOICES).contains(&choices.len()) => {
            Ok(Test::In(choices.clone()))
        }
        ("in", _) => Err(format!("must be a list of 1 to {MOST_CHOICES}")),
        ("exists", Json::Bool(is_there)) => Ok(Test::Exists(*is_there)),
        ("exists", _) => Err("must be true or false".into()),
        _ => Err(format!("is no comparison; write {OPERATORS}")),
    }
}

impl Condition {
    fn holds(&self, payload: &Json) -> bool {
        let found = self.path.iter().try_fold(payload, |value, part| value.get(part));
        let order = |than: &Json| found.and_then(|value| compare(value, than));
        match &self.test {
            Test::Eq(wanted) => found.is_some_and(|value| is_same(value, wanted)),
            Test::Ne(wanted) => !found.is_some_and(|value| is_same(value, wanted)),
            Test::In(choices) => {
                found.is_some_and(|value| choices.iter().any(|choice| is_same(value, choice)))
            }
            Test::Exists(is_there) => found.is_some() == *is_there,
            Test::Greater { than, or_equal } => order(than)
                .is_some_and(|order| order == Ordering::Greater || (*or_equal && order == Ordering::Equal)),
            Test::Less { than, or_equal } => order(than)
                .is_some_and(|order| order == Ordering::Less || (*or_equal && order == Ordering::Equal)),
        }
    }
}

/// 1 and 1.0 are the same number.
fn is_same(a: &Json, b: &Json) -> bool {
    a == b || compare(a, b) == Some(Ordering::Equal)
}

fn compare(a: &Json, b: &Json) -> Option<Ordering> {
    match (a, b) {
        (Json::String(a), Json::String(b)) => Some(a.cmp(b)),
        (Json::Number(a), Json::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
        },
        _ => None,
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.source.serialize(serializer)
    }
}

/// Reads a filter, and says by its path what is wrong.
pub fn read_filter(source: &Json) -> Result<Filter> {
    match source {
        Json::Object(source) => Filter::parse(source.clone()),
        _ => Err(Error::invalid_at(vec![Detail {
            path: "filter".into(),
            message: "must be an object of fields and comparisons, such as {\"amount\": {\"gte\": 100}}"
                .into(),
        }])),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filter(source: &Json) -> Result<Filter> {
        read_filter(source)
    }

    #[test]
    fn every_comparison_compares() {
        let payload =
            json!({ "amount": 100, "state": "paid", "customer": { "country": "AT" }, "none": null });
        for (source, is_met) in [
            (json!({ "amount": 100 }), true),
            (json!({ "amount": 100.0 }), true),
            (json!({ "amount": "100" }), false),
            (json!({ "amount": { "gte": 100, "lt": 101 } }), true),
            (json!({ "amount": { "gt": 100 } }), false),
            (json!({ "amount": { "lte": 99.5 } }), false),
            (json!({ "state": { "gt": "p" } }), true),
            (json!({ "state": { "gt": 5 } }), false),
            (json!({ "state": { "ne": "open" } }), true),
            (json!({ "missing": { "ne": "open" } }), true),
            (json!({ "customer.country": { "in": ["DE", "AT"] } }), true),
            (json!({ "customer.country": { "in": ["DE"] } }), false),
            (json!({ "customer.city": { "exists": false }, "amount": { "exists": true } }), true),
            (json!({ "none": null }), true),
            (json!({ "missing": null }), false),
            (json!({ "state": "paid", "amount": 1 }), false),
        ] {
            assert_eq!(filter(&source).expect("a filter").matches(&payload), is_met, "{source}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        let many: Map<_, _> = (0..21).map(|n| (format!("f{n}"), json!(1))).collect();
        for (source, path) in [
            (json!({}), "filter"),
            (json!([1]), "filter"),
            (json!("x"), "filter"),
            (Json::Object(many), "filter"),
            (json!({ "a": {} }), "filter.a"),
            (json!({ "a": [1] }), "filter.a"),
            (json!({ "a..b": 1 }), "filter.a..b"),
            (json!({ "amount": { "gtt": 1 } }), "filter.amount.gtt"),
            (json!({ "amount": { "gt": true } }), "filter.amount.gt"),
            (json!({ "amount": { "in": [] } }), "filter.amount.in"),
            (json!({ "amount": { "exists": 1 } }), "filter.amount.exists"),
            (json!({ "amount": { "eq": {} } }), "filter.amount.eq"),
        ] {
            let error = filter(&source).expect_err("it is refused");
            assert_eq!(error.details()[0].path, path, "{source}");
        }
    }

    #[test]
    fn a_row_keeps_it_as_it_was_written() {
        let parsed = filter(&json!({ "b": { "gt": 1 }, "a": "x" })).expect("a filter");
        assert_eq!(Filter::of(&parsed.stored()), Some(parsed));
    }
}

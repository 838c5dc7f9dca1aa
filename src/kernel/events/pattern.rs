//! Types of events and patterns of types. A type is a dotted name; a pattern is a type, everything
//! under a prefix, or everything.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::base::db::{Column, Stored, Value};

const LONGEST: usize = 100;

/// A dotted name such as `order.paid`: 2 parts or more of a-z, 0-9, hyphens and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventType(Arc<str>);

/// Which types somebody means: `order.paid`, `order.*` or `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(Arc<str>);

fn is_part(part: &str) -> bool {
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_');
    !part.is_empty() && part.bytes().all(letter)
}

impl EventType {
    /// A type that stands in the source.
    pub fn of(name: &'static str) -> Self {
        Self(name.into())
    }
}

impl FromStr for EventType {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.len() <= LONGEST && text.contains('.') && text.split('.').all(is_part) {
            true => Ok(Self(text.into())),
            false => Err("write a dotted name of a-z, 0-9, hyphens and underscores, such as order.paid"),
        }
    }
}

impl Pattern {
    pub fn matches(&self, event_type: &str) -> bool {
        match self.prefix() {
            Some(prefix) => event_type.starts_with(prefix),
            None => *self.0 == *event_type,
        }
    }

    /// What every type begins with that it means, unless it means one only.
    pub fn prefix(&self) -> Option<&str> {
        self.0.strip_suffix('*')
    }
}

impl FromStr for Pattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_prefix =
            |text: &str| text.strip_suffix(".*").is_some_and(|parts| parts.split('.').all(is_part));
        match text.len() <= LONGEST && (text == "*" || is_prefix(text) || text.parse::<EventType>().is_ok()) {
            true => Ok(Self(text.into())),
            false => {
                Err("write a type such as order.paid, everything under a prefix as order.*, or * for all")
            }
        }
    }
}

macro_rules! name {
    ($name:ident, $shown:literal, $pattern:literal) => {
        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $shown.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "maxLength": LONGEST, "pattern": $pattern })
            }
        }

        impl Column for $name {
            fn read(value: Stored<'_>) -> Option<Self> {
                match value {
                    Stored::Text(text) => text.parse().ok(),
                    _ => None,
                }
            }
        }

        impl<'a> From<&'a $name> for Value<'a> {
            fn from(name: &'a $name) -> Self {
                Self::Text((&*name.0).into())
            }
        }
    };
}

name!(EventType, "EventType", r"^[a-z0-9_-]+(\.[a-z0-9_-]+)+$");
name!(Pattern, "EventPattern", r"^(\*|[a-z0-9_-]+(\.[a-z0-9_-]+)*\.\*|[a-z0-9_-]+(\.[a-z0-9_-]+)+)$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_a_dotted_name() {
        for good in ["order.paid", "a.b.c", "order_2.paid-twice"] {
            assert!(good.parse::<EventType>().is_ok(), "{good}");
        }
        let long = format!("a.{}", "b".repeat(100));
        for bad in ["", "order", ".paid", "order.", "a..b", "Order.paid", "order.*", "order paid.x", &long] {
            assert!(bad.parse::<EventType>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pattern_means_one_type_a_prefix_or_all() {
        let means = |pattern: &str, event_type: &str| {
            pattern.parse::<Pattern>().expect("a pattern").matches(event_type)
        };
        assert!(means("order.paid", "order.paid") && !means("order.paid", "order.paid.twice"));
        assert!(means("order.*", "order.paid") && means("order.*", "order.line.added"));
        assert!(!means("order.*", "orders.paid") && !means("order.*", "order"));
        assert!(means("*", "anything.at.all"));
        for bad in ["", "order", "**", "*.paid", "order*", "order.*.paid", ".*", "a..*", "Order.*"] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad}");
        }
    }
}

//! What a span or a line says besides.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// The value of an attribute or of a line's field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Attribute {
    Text(Cow<'static, str>),
    Int(i64),
    Real(f64),
    Flag(bool),
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Int(number) => write!(f, "{number}"),
            Self::Real(number) => write!(f, "{number}"),
            Self::Flag(truth) => write!(f, "{truth}"),
        }
    }
}

impl From<&'static str> for Attribute {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Attribute {
    fn from(truth: bool) -> Self {
        Self::Flag(truth)
    }
}

impl From<u32> for Attribute {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<usize> for Attribute {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// In milliseconds.
impl From<Duration> for Attribute {
    fn from(span: Duration) -> Self {
        Self::Real(span.as_micros() as f64 / 1_000.0)
    }
}

pub type Attributes = Vec<(&'static str, Attribute)>;

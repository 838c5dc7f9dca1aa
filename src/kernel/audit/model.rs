//! Acts on their way into the audit, and entries on their way out.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::db::{FromRow, Row};
use crate::base::{Error, Id, Result, Timestamp};

/// Something that was done. `before` and `after` are made of what the API shows, so they hold no
/// secret; what has one, a password or a code, is left out of them.
#[derive(Debug, Clone)]
pub struct Act {
    pub(super) action: &'static str,
    pub(super) subject: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

impl Act {
    /// An act, named as `area.verb` in the past tense, upon a subject such as `tenant:<id>`.
    pub fn new(action: &'static str, subject: impl Into<String>) -> Self {
        debug_assert!(action.parse::<ActionPattern>().is_ok(), "{action} is no area.verb");
        Self { action, subject: subject.into(), before: None, after: None }
    }

    /// How the subject was.
    pub fn before(self, was: impl Serialize) -> Result<Self> {
        Ok(Self { before: Some(serde_json::to_value(was).map_err(Error::internal)?), ..self })
    }

    /// How the subject is now, or what else is worth knowing.
    pub fn after(self, is: impl Serialize) -> Result<Self> {
        Ok(Self { after: Some(serde_json::to_value(is).map_err(Error::internal)?), ..self })
    }
}

/// What a filter says, for a row about what was done to all that it finds.
pub fn said_by(filter: impl Serialize) -> Result<Value> {
    let mut said = serde_json::to_value(filter).map_err(Error::internal)?;
    if let Some(fields) = said.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(said)
}

/// A row of the audit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Ascending within the tenant, without gaps.
    pub number: i64,
    pub id: Id<Entry>,
    pub at: Timestamp,
    /// `user:<id>`, `system`, or `anonymous` for who did not get in.
    pub actor: String,
    pub action: String,
    pub subject: String,
    /// From where; empty for what the instance did by itself.
    pub address: String,
    pub trace_id: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    /// Covers this row and every one before it.
    pub hash: String,
}

impl FromRow for Entry {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            number: row.take("number")?,
            id: row.take("id")?,
            at: row.take("at")?,
            actor: row.take("actor")?,
            action: row.take("action")?,
            subject: row.take("subject")?,
            address: row.take("address")?,
            trace_id: row.take("trace_id")?,
            before: read_json(row.take("before")?)?,
            after: read_json(row.take("after")?)?,
            hash: row.take("hash")?,
        })
    }
}

fn read_json(text: Option<String>) -> Result<Option<Value>> {
    text.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()
}

/// One action, `user.signed_in`, or all of an area, `user.*`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", inline)]
pub struct ActionPattern {
    area: String,
    verb: String,
}

impl ActionPattern {
    /// The action, when it is one.
    pub(super) fn exact(&self) -> Option<String> {
        (self.verb != "*").then(|| format!("{}.{}", self.area, self.verb))
    }

    /// The area, when it is all of it.
    pub(super) fn area(&self) -> Option<&str> {
        (self.verb == "*").then_some(self.area.as_str())
    }
}

impl FromStr for ActionPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |part: &str| {
            (1..=60).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        match text.split_once('.') {
            Some((area, verb)) if is_word(area) && (verb == "*" || is_word(verb)) => {
                Ok(Self { area: area.into(), verb: verb.into() })
            }
            _ => Err("write an action such as user.signed_in, or user.* for all about users"),
        }
    }
}

impl TryFrom<String> for ActionPattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub actor: Option<String>,
    pub action: Option<ActionPattern>,
    pub subject: Option<String>,
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Older than the entry of this time and number.
    pub after: Option<(Timestamp, i64)>,
}

#[cfg(test)]
mod tests {
    use super::ActionPattern;

    fn pattern(text: &str) -> ActionPattern {
        text.parse().expect("a pattern")
    }

    #[test]
    fn a_star_is_all_of_an_area() {
        assert_eq!(pattern("user.*").area(), Some("user"));
        assert_eq!(pattern("user.*").exact(), None);
        assert_eq!(pattern("user.signed_in").exact().as_deref(), Some("user.signed_in"));
        assert_eq!(pattern("user.signed_in").area(), None);
    }

    #[test]
    fn anything_else_is_no_action() {
        for text in ["", "user", "user.", ".read", "*", "*.*", "user.sign*", "user.a.b", "User.read"] {
            assert!(text.parse::<ActionPattern>().is_err(), "{text}");
        }
    }
}

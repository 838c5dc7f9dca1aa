//! Users and accounts; what comes in is checked here. An account is a user of the reserved tenant.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::base::db::{FromRow, Row};
use crate::base::text::{Name, fold_case, is_shaping, is_unseen};
use crate::base::{Id, Result, Timestamp};
use crate::text_column;

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: Id<User>,
    pub email: String,
    pub name: String,
    pub state: UserState,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl FromRow for User {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            email: row.take("email")?,
            name: row.take("name")?,
            state: row.take("state")?,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

impl Id<User> {
    /// The user as the audit names him.
    pub fn subject(self) -> String {
        format!("user:{self}")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserState {
    Active,
    Disabled,
}

impl UserState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for UserState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Active, Self::Disabled].into_iter().find(|state| state.as_str() == word).ok_or(())
    }
}

text_column!(UserState);

pub type UserName = Name<0, 100>;

/// An account to be made.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAccount {
    pub email: Email,
    #[serde(default)]
    pub name: UserName,
    /// Whether it owns the instance: makes tenants and accounts.
    #[serde(default)]
    pub owner: bool,
}

/// An e-mail address as it was written. Two are the same when their `key` is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Email(String);

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as it is compared.
    pub fn key(&self) -> String {
        fold_case(&self.0)
    }
}

impl FromStr for Email {
    type Err = &'static str;

    /// Only what can be told from the outside: whether mail arrives, only mail can tell.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |c: char| {
            let is_seen = !c.is_whitespace() && !is_unseen(c) && !is_shaping(c);
            is_seen && !matches!(c, '<' | '>' | ',' | ';' | '"')
        };
        let fits = text.len() <= 254
            && text.chars().all(plain)
            && text.rsplit_once('@').is_some_and(|(name, host)| {
                !name.is_empty()
                    && !name.contains('@')
                    && !host.is_empty()
                    && !host.starts_with('.')
                    && !host.ends_with('.')
            });
        if fits { Ok(Self(text.into())) } else { Err("write an e-mail address, such as ada@example.org") }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Email {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Email".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "email", "maxLength": 254 })
    }
}

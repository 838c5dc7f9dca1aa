//! The types of tenants; what comes in is checked here.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::limits::{LimitsChange, OwnLimits};
use crate::base::change::perhaps_object;
use crate::base::db::{FromRow, Row, TenantNo, Within};
use crate::base::text::Name;
use crate::base::{Id, Result, Timestamp};
use crate::text_column;

/// A tenant as the outside sees it; its number stays inside.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    #[serde(skip)]
    pub number: TenantNo,
    pub id: Id<Tenant>,
    pub slug: String,
    pub name: String,
    pub state: TenantState,
    /// Whether anybody may sign up in it.
    pub signup: Signup,
    /// What the instance gives it in place of what the configuration says.
    pub limits: OwnLimits,
    /// Host names under which the tenant is reached without naming it in a header.
    pub hosts: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Tenant {
    /// Whether it is the reserved one, whose users are the accounts.
    pub fn is_instance(&self) -> bool {
        self.number == TenantNo::INSTANCE
    }
}

impl Id<Tenant> {
    /// The tenant as the audit names it.
    pub fn subject(self) -> String {
        format!("tenant:{self}")
    }
}

impl Within for Tenant {
    fn tenant_no(&self) -> TenantNo {
        self.number
    }
}

impl FromRow for Tenant {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            number: row.take("number")?,
            id: row.take("id")?,
            slug: row.take("slug")?,
            name: row.take("name")?,
            state: row.take("state")?,
            signup: row.take("signup")?,
            limits: OwnLimits::from_row(row)?,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
            hosts: Vec::new(),
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TenantState {
    Active,
    Suspended,
    Deleting,
}

impl TenantState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleting => "deleting",
        }
    }
}

impl FromStr for TenantState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Active, Self::Suspended, Self::Deleting]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or(())
    }
}

text_column!(TenantState);

/// Whether anybody may sign up by himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Signup {
    Closed,
    Open,
}

impl Signup {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

impl FromStr for Signup {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Closed, Self::Open].into_iter().find(|signup| signup.as_str() == word).ok_or(())
    }
}

text_column!(Signup);

pub type TenantName = Name<1, 100>;

/// A tenant to be made.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTenant {
    pub slug: Slug,
    pub name: TenantName,
    #[serde(default, deserialize_with = "few_hosts")]
    #[schemars(length(max = 20))]
    pub hosts: Vec<Host>,
    /// The account that owns it; the caller when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Id<crate::kernel::identity::User>>,
}

/// A change to a tenant: what is left out stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantChange {
    pub slug: Option<Slug>,
    pub name: Option<TenantName>,
    pub signup: Option<Signup>,
    /// What is left out of it stays as it is, too.
    #[serde(default, deserialize_with = "perhaps_object")]
    pub limits: Option<LimitsChange>,
    #[serde(default, deserialize_with = "perhaps_few_hosts")]
    #[schemars(length(max = 20))]
    pub hosts: Option<Vec<Host>>,
}

const MOST_HOSTS: usize = 20;

fn few_hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Host>, D::Error> {
    perhaps_few_hosts(deserializer)?.ok_or_else(|| de::Error::custom("must be a list of host names"))
}

fn perhaps_few_hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Host>>, D::Error> {
    let hosts = Option::<Vec<Host>>::deserialize(deserializer)?;
    if hosts.as_ref().is_some_and(|hosts| hosts.len() > MOST_HOSTS) {
        return Err(de::Error::custom("must have at most 20 host names"));
    }
    Ok(hosts)
}

/// A tenant's short name: 2 to 40 of a-z, 0-9 and hyphens, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slug(String);

/// A host name such as `desk.example.org`, in lower case and without a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Host(String);

impl FromStr for Slug {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = (2..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && !text.ends_with('-')
            && text.chars().all(letters);
        match (fits, text) {
            (true, "instance") => Err("is reserved; choose another"),
            (true, _) => Ok(Self(text.into())),
            (false, _) => Err("write 2 to 40 of a-z, 0-9 and hyphens, beginning with a letter, such as acme"),
        }
    }
}

impl FromStr for Host {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if text.len() <= 253 && text.split('.').all(label) {
            Ok(Self(text.into()))
        } else {
            Err("write a host name in lower case without a port, such as desk.example.org")
        }
    }
}

/// What `Slug` and `Host` share: checked text that reads as a `str`.
macro_rules! checked_text {
    ($type:ident, $pattern:literal, $max:literal) => {
        impl Deref for $type {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "maxLength": $max })
            }
        }
    };
}

checked_text!(Slug, "^[a-z][a-z0-9-]{0,38}[a-z0-9]$", 40);
checked_text!(Host, "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$", 253);

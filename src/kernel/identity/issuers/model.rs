//! Issuers; what comes in is checked here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use url::Url;

use super::super::roles::RoleName;
use crate::base::change::not_null;
use crate::base::db::{FromRow, Row};
use crate::base::text::Text;
use crate::base::{Error, Id, Result, Timestamp};
use crate::text_column;

/// Somebody outside whose tokens the tenant believes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Issuer {
    pub id: Id<Issuer>,
    /// As its tokens name it in `iss`, to the letter.
    pub issuer: String,
    /// A token is for one of these.
    pub audience: Vec<String>,
    /// What its users may do whom no claim gives another role.
    pub role: String,
    /// The claim that gives roles.
    pub role_claim: Option<String>,
    /// Values of the claim, and the role that each gives.
    pub roles: BTreeMap<String, String>,
    /// Where its keys are; when null, it says so itself.
    pub jwks_url: Option<String>,
    pub state: IssuerState,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl FromRow for Issuer {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            issuer: row.take("issuer")?,
            audience: read_json(row.take("audience")?)?,
            role: row.take("role")?,
            role_claim: row.take("role_claim")?,
            roles: read_json(row.take("roles")?)?,
            jwks_url: row.take("jwks_url")?,
            state: row.take("state")?,
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

fn read_json<T: de::DeserializeOwned>(text: String) -> Result<T> {
    serde_json::from_str(&text).map_err(Error::internal)
}

impl Issuer {
    /// Every role that it can give.
    pub(super) fn role_names(&self) -> impl Iterator<Item = &str> {
        self.roles.values().chain([&self.role]).map(String::as_str)
    }
}

impl Id<Issuer> {
    /// The issuer as the audit names it.
    pub(super) fn subject(self) -> String {
        format!("issuer:{self}")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IssuerState {
    Enabled,
    Disabled,
}

impl IssuerState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for IssuerState {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Enabled, Self::Disabled].into_iter().find(|state| state.as_str() == word).ok_or(())
    }
}

text_column!(IssuerState);

pub type ClaimName = Text<1, 200>;
pub type Audience = Text<1, 200>;

/// An issuer to be trusted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewIssuer {
    /// As its tokens name it in `iss`, to the letter.
    pub issuer: HttpsUrl,
    /// For whom its tokens have to be, as they say in `aud`: one of these.
    #[serde(deserialize_with = "few_audiences")]
    #[schemars(length(min = 1, max = 10))]
    pub audience: Vec<Audience>,
    /// What its users may do whom no claim gives another role.
    pub role: RoleName,
    /// The claim that gives roles: a name, or names with dots between them for one inside another.
    pub role_claim: Option<ClaimName>,
    /// Values of the claim, and the role that each gives.
    #[serde(default, deserialize_with = "few_roles")]
    #[schemars(extend("maxProperties" = 50))]
    pub roles: BTreeMap<String, RoleName>,
    /// Where its keys are; without it, its `/.well-known/openid-configuration` says so.
    pub jwks_url: Option<HttpsUrl>,
}

/// A change to an issuer: what is left out stays as it is. Another `iss` is another issuer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssuerChange {
    #[serde(default, deserialize_with = "perhaps_few_audiences")]
    #[schemars(with = "Vec<Audience>", length(min = 1, max = 10))]
    pub audience: Option<Vec<Audience>>,
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "RoleName")]
    pub role: Option<RoleName>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<ClaimName>")]
    pub role_claim: Option<Option<ClaimName>>,
    #[serde(default, deserialize_with = "perhaps_few_roles")]
    #[schemars(with = "BTreeMap<String, RoleName>", extend("maxProperties" = 50))]
    pub roles: Option<BTreeMap<String, RoleName>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<HttpsUrl>")]
    pub jwks_url: Option<Option<HttpsUrl>>,
    /// Tokens of a disabled issuer are refused from the next request on.
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "IssuerState")]
    pub state: Option<IssuerState>,
}

const MOST_AUDIENCES: usize = 10;
const MOST_ROLES: usize = 50;
const LONGEST_VALUE: usize = 200;

fn few_audiences<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Audience>, D::Error> {
    let list = Vec::<Audience>::deserialize(deserializer)?;
    match (1..=MOST_AUDIENCES).contains(&list.len()) {
        true => Ok(list),
        false => Err(de::Error::custom("must have 1 to 10 audiences")),
    }
}

fn perhaps_few_audiences<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<Audience>>, D::Error> {
    few_audiences(d).map(Some)
}

fn few_roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, RoleName>, D::Error> {
    let map = BTreeMap::<String, RoleName>::deserialize(deserializer)?;
    if map.len() > MOST_ROLES {
        return Err(de::Error::custom("must have at most 50 values"));
    }
    if map.keys().any(|value| value.is_empty() || value.len() > LONGEST_VALUE) {
        return Err(de::Error::custom("must have values of 1 to 200 bytes"));
    }
    Ok(map)
}

fn perhaps_few_roles<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<Option<BTreeMap<String, RoleName>>, D::Error> {
    few_roles(d).map(Some)
}

/// A field that was given, be it null.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// An https URL without user name and fragment, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsUrl(String);

const LONGEST_URL: usize = 500;

impl FromStr for HttpsUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = text.len() <= LONGEST_URL && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        // Url would forgive `https:host` and much else that is not to the letter.
        let url = text.strip_prefix("https://").filter(|_| is_plain).and_then(|_| Url::parse(text).ok());
        let fits = url.is_some_and(|url| {
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
        });
        if fits {
            Ok(Self(text.into()))
        } else {
            Err("write an https URL, such as https://login.example.org")
        }
    }
}

impl Deref for HttpsUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for HttpsUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for HttpsUrl {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "HttpsUrl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uri", "pattern": "^https://", "maxLength": LONGEST_URL })
    }
}

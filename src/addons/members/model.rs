//! What is asked of the list of members.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::base::Id;
use crate::http::{Cursor, Limit};
use crate::kernel::identity::User;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberList {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<Position>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Position {
    pub id: Id<User>,
}

/// Whose names are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// 1 to 50 ids with commas between.
    pub ids: Ids,
}

/// Ids with commas between.
#[derive(Debug)]
pub struct Ids(pub Vec<Id<User>>);

const MOST_IDS: usize = 50;

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let ids: Result<Vec<_>, _> = text.split(',').map(str::parse).collect();
        match ids.map_err(de::Error::custom)? {
            ids if ids.len() <= MOST_IDS => Ok(Self(ids)),
            _ => Err(de::Error::custom("must be at most 50 ids")),
        }
    }
}

impl JsonSchema for Ids {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Ids".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let id = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
        json_schema!({ "type": "string", "pattern": format!("^{id}(,{id}){{0,49}}$") })
    }
}

/// What somebody is called.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PersonNamed {
    pub id: Id<User>,
    pub name: String,
    pub email: String,
}

//! Paging: a cursor says where a page ended, and means something only to the list that gave it.

use std::borrow::Cow;
use std::ops::Deref;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::{Error, Result};

/// Where a page of this list ended.
#[derive(Debug, Clone)]
pub struct Cursor<P>(pub P);

impl<P> Cursor<P> {
    pub(super) fn encode(position: &P) -> Result<String>
    where
        P: Serialize,
    {
        Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).map_err(Error::internal)?))
    }
}

impl<P> Deref for Cursor<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.0
    }
}

impl<'de, P: DeserializeOwned> Deserialize<'de> for Cursor<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.as_bytes()).ok();
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).map(Self).ok_or_else(|| {
            de::Error::custom("is not a cursor of this list; send meta.nextCursor of the page before")
        })
    }
}

impl<P> JsonSchema for Cursor<P> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "meta.nextCursor of the page before" })
    }
}

/// How many items a page has: 1 to 200, 50 when nothing is said.
#[derive(Debug, Clone, Copy)]
pub struct Limit(usize);

impl Limit {
    pub fn get(self) -> usize {
        self.0
    }

    /// One more than a page, to learn whether another follows.
    pub fn and_one(self) -> usize {
        self.0 + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        match text.parse() {
            Ok(count @ 1..=200) => Ok(Self(count)),
            _ => Err(de::Error::custom("must be a whole number from 1 to 200")),
        }
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 })
    }
}

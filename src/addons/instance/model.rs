//! What the instance says of itself.

use schemars::JsonSchema;
use serde::Serialize;

#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    pub status: &'static str,
}

/// What runs here and who asks.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Greeting {
    pub name: &'static str,
    pub version: &'static str,
    /// Who asks, when a token says so.
    pub actor: Option<String>,
    pub documentation: &'static str,
}

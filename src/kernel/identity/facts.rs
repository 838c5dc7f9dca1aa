//! What identity publishes: who came, who went, who may what. Nothing secret, and of a person the
//! id alone: not everybody who sees events may see people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::User;
use crate::base::db::Write;
use crate::base::{Id, Result};
use crate::kernel::Who;
use crate::kernel::events::{Fact, FactKind};

pub(in crate::kernel) static FACTS: &[FactKind] = &[
    FactKind::of::<UserCreated>(),
    FactKind::of::<UserSignedIn>(),
    FactKind::of::<UserDeleted>(),
    FactKind::of::<MemberAdded>(),
    FactKind::of::<MemberChanged>(),
    FactKind::of::<MemberRemoved>(),
];

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserCreated {
    pub user_id: Id<User>,
}

impl Fact for UserCreated {
    const TYPE: &'static str = "user.created";
    const SUMMARY: &'static str = "Somebody has an account here now, made or signed up";
}

impl UserCreated {
    pub(super) fn publish_for(tx: &Write<'_>, who: &Who, user: Id<User>) -> Result<()> {
        Self { user_id: user }.about(user).publish(tx, who).map(drop)
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserSignedIn {
    pub user_id: Id<User>,
}

impl Fact for UserSignedIn {
    const TYPE: &'static str = "user.signed_in";
    const SUMMARY: &'static str = "Somebody began a session";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UserDeleted {
    pub user_id: Id<User>,
}

impl Fact for UserDeleted {
    const TYPE: &'static str = "user.deleted";
    const SUMMARY: &'static str = "An account is gone";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberAdded {
    pub account_id: Id<User>,
    pub role: String,
}

impl Fact for MemberAdded {
    const TYPE: &'static str = "member.added";
    const SUMMARY: &'static str = "An account works in this tenant now";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberChanged {
    pub account_id: Id<User>,
    pub role: String,
    pub role_before: String,
}

impl Fact for MemberChanged {
    const TYPE: &'static str = "member.changed";
    const SUMMARY: &'static str = "A member has another role";
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberRemoved {
    pub account_id: Id<User>,
    pub role_before: String,
}

impl Fact for MemberRemoved {
    const TYPE: &'static str = "member.removed";
    const SUMMARY: &'static str = "An account works in this tenant no more";
}

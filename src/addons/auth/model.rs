//! What signing in takes and gives.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::text::Text;
use crate::base::{Id, Timestamp};
use crate::http::{App, Caller, Cookie, Created, WithCookie};
use crate::kernel::identity::{
    Email, NewPassword, Password, PasswordChanged, Pattern, PermissionInfo, Scope, SignedIn, User, UserName,
};
use crate::kernel::tenants::NewTenant;

/// Who signs in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    pub email: Email,
    pub password: Password,
}

/// Who makes himself a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignUp {
    pub email: Email,
    #[serde(default)]
    pub name: UserName,
    pub password: NewPassword,
}

/// The first owner, and perhaps the first tenant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setup {
    /// From the link that the server printed.
    pub code: Text<1, 100>,
    pub email: Email,
    #[serde(default)]
    pub name: UserName,
    pub password: NewPassword,
    pub tenant: Option<NewTenant>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordChange {
    pub old_password: Password,
    pub new_password: NewPassword,
    /// Whether your API keys end as well, those of an account in every tenant.
    #[serde(default)]
    pub delete_keys: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileChange {
    pub name: UserName,
}

/// A session that has just begun. The token is shown this once.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Began {
    pub token: String,
    pub expires_at: Timestamp,
    pub user: Person,
}

/// Who somebody is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub id: Id<User>,
    pub email: String,
    pub name: String,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self { id: user.id, email: user.email, name: user.name }
    }
}

impl Began {
    /// The reply that signs a browser in as well.
    pub fn reply(signed_in: SignedIn, app: &App) -> WithCookie<Created<Self>> {
        let SignedIn { token, expires_at, user } = signed_in;
        let left = expires_at.seconds().saturating_sub(app.clock.now().seconds());
        let cookie = Cookie {
            token: Some(token.clone()),
            seconds: left.max(0).unsigned_abs(),
            is_secure: app.config.server.is_https(),
        };
        WithCookie { reply: Created(Self { token, expires_at, user: user.into() }), cookie }
    }
}

/// Who calls, and where he is at home.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Current {
    pub user: Person,
    /// The slug of the tenant; `instance` for accounts.
    pub realm: String,
    /// What he may do there.
    pub permissions: Vec<Pattern>,
}

/// What the caller may do, and where.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Permissions {
    /// The slug of the tenant; `instance` for the instance itself.
    pub tenant: String,
    /// As his role has them.
    pub patterns: Vec<Pattern>,
    /// Every permission that this server knows, and whether he holds it here.
    pub permissions: BTreeMap<&'static str, bool>,
}

impl Permissions {
    pub fn of(who: &Caller, known: &[PermissionInfo]) -> Self {
        Self {
            tenant: who.tenant.slug.clone(),
            patterns: who.allowed.patterns().to_vec(),
            permissions: known.iter().map(|permission| (permission.name, holds(who, *permission))).collect(),
        }
    }
}

/// Whether the caller holds a permission where he acts.
fn holds(who: &Caller, permission: PermissionInfo) -> bool {
    match permission.scope {
        Scope::Home | Scope::Person | Scope::Here => true,
        Scope::Instance => who.tenant.is_instance() && who.allowed.includes(permission),
        Scope::Tenant => !who.tenant.is_instance() && who.allowed.includes(permission),
        Scope::Anywhere => who.allowed.includes(permission),
    }
}

/// A permission of this server.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PermissionShown {
    pub name: &'static str,
    pub summary: &'static str,
    /// Whether a role or an API key of the tenant can have it; the others are of the instance, or
    /// everybody's over his own things.
    pub grantable: bool,
    /// Whether the caller holds it here.
    pub held: bool,
}

impl PermissionShown {
    pub fn list(who: &Caller, known: &[PermissionInfo]) -> Vec<Self> {
        let is_grantable = |scope| match scope {
            Scope::Anywhere => true,
            Scope::Tenant => !who.tenant.is_instance(),
            Scope::Instance => who.tenant.is_instance(),
            Scope::Home | Scope::Person | Scope::Here => false,
        };
        let shown = |permission: &PermissionInfo| Self {
            name: permission.name,
            summary: permission.summary,
            grantable: is_grantable(permission.scope),
            held: holds(who, *permission),
        };
        known.iter().map(shown).collect()
    }
}

/// What a change of password ended, and what goes on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordReplaced {
    /// Sessions that ended, which is all but this one.
    pub ended: usize,
    pub deleted_keys: u64,
    /// Your API keys that go on working.
    pub keys_left: u64,
}

impl From<PasswordChanged> for PasswordReplaced {
    fn from(changed: PasswordChanged) -> Self {
        let PasswordChanged { ended, deleted_keys, keys_left } = changed;
        Self { ended, deleted_keys, keys_left }
    }
}

/// What ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ended {
    pub ended: usize,
}

/// The code of the first run, as a link.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupLink {
    pub code: String,
    /// The path of the page, with the code after the `#`, where no proxy logs it.
    pub path: String,
    pub expires_at: Timestamp,
}

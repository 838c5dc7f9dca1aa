//! A tenant's own users. Those of the reserved tenant are the accounts: they have no role of their
//! own but one for each tenant that they are a member of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::account::{Email, NewAccount, User, UserName, UserState};
use super::facts::{UserCreated, UserDeleted};
use super::grant::Grantor;
use super::password::{HashedPassword, NewPassword};
use super::role::USER;
use super::roles::RoleName;
use super::{Identity, store};
use super::{issuers, keys};
use crate::base::change::not_null;
use crate::base::db::{FromRow, Row, SystemRead, TenantNo, Write};
use crate::base::text::fold_case;
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::Kernel;
use crate::kernel::audit::Act;
use crate::kernel::events::Fact;
use crate::kernel::tenants::Tenant;

/// A user as those see him who look after him.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantUser {
    #[serde(flatten)]
    pub user: User,
    /// What he may do in his tenant; null for an account, which has a role where it is a member.
    pub role: Option<String>,
}

impl FromRow for TenantUser {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { user: User::from_row(row)?, role: row.take("role")? })
    }
}

impl TenantUser {
    fn seen_in(mut self, tenant: &Tenant) -> Self {
        self.role = self.role.filter(|_| !tenant.is_instance());
        self
    }
}

/// A user to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    pub email: Email,
    #[serde(default)]
    pub name: UserName,
    /// Without one he can't sign in with a password.
    pub password: Option<NewPassword>,
    /// `user` when left out.
    pub role: Option<RoleName>,
}

/// A change to a user: what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserChange {
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "Email")]
    pub email: Option<Email>,
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "UserName")]
    pub name: Option<UserName>,
    /// A disabled user can't sign in, and his sessions end.
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "UserState")]
    pub state: Option<UserState>,
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "RoleName")]
    pub role: Option<RoleName>,
    /// His sessions end.
    #[serde(default, deserialize_with = "not_null")]
    #[schemars(with = "NewPassword")]
    pub password: Option<NewPassword>,
}

/// Which users are asked for.
#[derive(Debug, Clone)]
pub struct UserList {
    /// How the address or the name begins, folded.
    search: Option<String>,
    pub(super) role: Option<RoleName>,
    pub(super) state: Option<UserState>,
}

/// After every text that begins as one does: no character is above this one.
const HIGHEST: char = char::MAX;

impl UserList {
    pub fn new(search: Option<&str>, role: Option<RoleName>, state: Option<UserState>) -> Self {
        Self { search: search.map(fold_case), role, state }
    }

    pub(super) fn begin(&self) -> Option<&str> {
        self.search.as_deref()
    }

    pub(super) fn end(&self) -> Option<String> {
        self.search.as_ref().map(|search| format!("{search}{HIGHEST}"))
    }

    /// Where the list goes on after this user.
    pub fn position(&self, last: &TenantUser) -> UserPosition {
        let (email_key, name_key) = (fold_case(&last.user.email), fold_case(&last.user.name));
        match &self.search {
            Some(search) if !email_key.starts_with(search) => {
                UserPosition::Name { key: name_key, id: last.user.id }
            }
            _ => UserPosition::Email { key: email_key },
        }
    }
}

/// Where a page of users ended: those found by address come first, then those found by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum UserPosition {
    Email { key: String },
    Name { key: String, id: Id<User> },
}

impl Kernel {
    /// The tenant's users by address; with a search, then those by name whose name fits.
    pub async fn list_tenant_users(
        &self,
        tenant: &Tenant,
        list: UserList,
        after: Option<UserPosition>,
        limit: usize,
    ) -> Result<Vec<TenantUser>> {
        let found = self.db.read(tenant, move |tx| {
            let mut found = match &after {
                None => store::list_users_by_email(tx, &list, None, limit)?,
                Some(UserPosition::Email { key }) => store::list_users_by_email(tx, &list, Some(key), limit)?,
                Some(UserPosition::Name { .. }) => Vec::new(),
            };
            if list.search.is_some() && found.len() < limit {
                let after = match &after {
                    Some(UserPosition::Name { key, id }) => Some((key.as_str(), *id)),
                    _ => None,
                };
                found.extend(store::list_users_by_name(tx, &list, after, limit - found.len())?);
            }
            Ok(found)
        });
        Ok(found.await?.into_iter().map(|user| user.seen_in(tenant)).collect())
    }

    /// One of the tenant's users.
    pub fn find_tenant_user(&self, tenant: &Tenant, id: Id<User>) -> Result<Option<TenantUser>> {
        let found = self.db.read_here(tenant, |tx| store::find_tenant_user(tx, id))?;
        Ok(found.map(|user| user.seen_in(tenant)))
    }
}

/// Makes a user; the password was hashed before, as that takes its time.
pub fn create_user(
    tx: &Write<'_>,
    by: &Grantor,
    new: &NewUser,
    password: Option<&HashedPassword>,
    now: Timestamp,
) -> Result<TenantUser> {
    let role = new.role.as_deref().unwrap_or(USER);
    match by.tenant().is_instance() {
        true => must_not_name(new.role.as_ref())?,
        false => by.may_give(tx, role)?,
    }
    let account = NewAccount { email: new.email.clone(), name: new.name.clone(), owner: false };
    let user = store::insert_user(tx, Id::fresh(), &account, now)?;
    if let Some(password) = password {
        store::set_password(tx, user.id, password.as_str(), now)?;
    }
    let user = TenantUser { user, role: None };
    let made = store::update_user(tx, &user, role, now)?.seen_in(by.tenant());
    by.record(tx, &Act::new("user.created", made.user.id.subject()).after(&made)?, now)?;
    UserCreated::publish_for(tx, &by.who, made.user.id)?;
    Ok(made)
}

/// Changes a user. Whoever is disabled or gets another password is signed out everywhere.
pub fn change_user(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    id: Id<User>,
    change: &UserChange,
    password: Option<&HashedPassword>,
    now: Timestamp,
) -> Result<TenantUser> {
    let mut user = existing(tx, id)?;
    may_touch(tx, by, &user)?;
    let act = Act::new("user.changed", id.subject()).before(&user)?;
    if by.tenant().is_instance() {
        must_not_name(change.role.as_ref())?;
        // Who has an account's password or address has its place in every tenant.
        if change.password.is_some() || change.email.is_some() {
            by.must_hold_all()?;
        }
    } else if let Some(role) = &change.role {
        by.may_give(tx, role)?;
        must_not_be_claimed(tx, id, &user, role)?;
    }
    let is_disabled = change.state == Some(UserState::Disabled);
    if is_disabled && user.user.state == UserState::Active && by.tenant().is_instance() {
        must_own_nothing_alone(&tx.system(), id)?;
    }
    if let Some(email) = &change.email {
        user.user.email = email.to_string();
    }
    if let Some(name) = &change.name {
        user.user.name = name.to_string();
    }
    user.user.state = change.state.unwrap_or(user.user.state);
    let role = change.role.as_deref().or(user.role.as_deref()).unwrap_or(USER);
    let changed = store::update_user(tx, &user, role, now)?;
    if let Some(password) = password {
        store::set_password(tx, id, password.as_str(), now)?;
    }
    if is_disabled || password.is_some() {
        identity.ended.add_after(tx, store::end_sessions(tx, id, None, now)?);
    }
    identity.forget_standings(tx);
    let changed = changed.seen_in(by.tenant());
    by.record(tx, &act.after(json!({ "user": &changed, "newPassword": password.is_some() }))?, now)?;
    Ok(changed)
}

/// Deletes a user with his sessions, an account with its memberships too. What he made stays, and
/// goes on to say that he made it.
pub fn delete_user(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    id: Id<User>,
    now: Timestamp,
) -> Result<()> {
    let user = existing(tx, id)?;
    may_touch(tx, by, &user)?;
    if by.tenant().is_instance() {
        let system = tx.system();
        must_own_nothing_alone(&system, id)?;
        store::delete_memberships(&system, id)?;
    }
    let everywhere = by.tenant().is_instance();
    keys::delete_keys_of(tx, &identity.keys, (!everywhere).then_some(by.tenant().number), id)?;
    identity.ended.add_after(tx, store::end_sessions(tx, id, None, now)?);
    identity.forget_standings(tx);
    by.record(tx, &Act::new("user.deleted", id.subject()).before(&user)?, now)?;
    UserDeleted { user_id: id }.about(id).publish(tx, &by.who)?;
    store::delete_sessions_of(tx, id)?;
    issuers::delete_outside_user(tx, id)?;
    // His issuer may send him again; then he is somebody new.
    identity.issuers.forget_tokens(tx);
    store::delete_user(tx, id)
}

/// Signs a user out everywhere, and says of how many sessions.
pub fn end_sessions_of(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    id: Id<User>,
    now: Timestamp,
) -> Result<usize> {
    may_touch(tx, by, &existing(tx, id)?)?;
    let ended = store::end_sessions(tx, id, None, now)?;
    let count = ended.len();
    identity.ended.add_after(tx, ended);
    by.record(tx, &Act::new("sessions.ended", id.subject()).after(json!({ "ended": count }))?, now)?;
    Ok(count)
}

fn existing(tx: &Write<'_>, id: Id<User>) -> Result<TenantUser> {
    store::find_tenant_user(tx, id)?.ok_or_else(|| Error::not_found("user"))
}

/// Who comes from an issuer has the role that it gives him; another would last until his next token.
fn must_not_be_claimed(tx: &Write<'_>, id: Id<User>, user: &TenantUser, role: &str) -> Result<()> {
    match issuers::find_issuer_of_user(tx, id)? {
        Some(issuer) if user.role.as_deref() != Some(role) => Err(Error::conflict(format!(
            "This user has his role from {issuer}; change it there, or what the issuer gives at /api/issuers."
        ))),
        _ => Ok(()),
    }
}

/// Whoever may change somebody could become him, so he must hold all that the other does.
fn may_touch(tx: &Write<'_>, by: &Grantor, user: &TenantUser) -> Result<()> {
    if by.tenant().is_instance() {
        let member = store::find_member(&tx.system(), TenantNo::INSTANCE, user.user.id)?;
        return member.map_or(Ok(()), |member| by.may_take(tx, &member.role));
    }
    user.role.as_deref().map_or(Ok(()), |role| by.may_take(tx, role))
}

/// Refuses to take the last one who may act as the owner of some tenant, or of the instance.
fn must_own_nothing_alone(tx: &SystemRead<'_>, account: Id<User>) -> Result<()> {
    let alone = store::list_tenants_owned_alone(tx, account)?;
    if alone.is_empty() {
        return Ok(());
    }
    Err(Error::conflict(format!(
        "This is the last owner of {}; make somebody else an owner first.",
        alone.join(", ")
    )))
}

fn must_not_name(role: Option<&RoleName>) -> Result<()> {
    match role {
        None => Ok(()),
        Some(_) => Err(Error::invalid("role", "an account has its roles as a member; see /api/members")),
    }
}

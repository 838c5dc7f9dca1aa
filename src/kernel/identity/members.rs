//! Members: the accounts that work in a tenant. An account is of the instance, so its name and
//! address are read in the kernel's voice; a tenant learns them of its own members alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::{Email, User, UserState};
use super::facts::{MemberAdded, MemberChanged, MemberRemoved};
use super::grant::Grantor;
use super::role::OWNER;
use super::roles::RoleName;
use super::{Identity, keys, store};
use crate::base::db::{FromRow, Row, SystemRead, TenantNo, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::Kernel;
use crate::kernel::audit::Act;
use crate::kernel::events::Fact;
use crate::kernel::tenants::Tenant;

/// An account's place in a tenant.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    pub account_id: Id<User>,
    pub email: String,
    pub name: String,
    /// Of the account; a disabled one can't act.
    pub state: UserState,
    pub role: String,
    pub created_at: Timestamp,
}

impl FromRow for Member {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            account_id: row.take("account_id")?,
            email: row.take("email")?,
            name: row.take("name")?,
            state: row.take("state")?,
            role: row.take("role")?,
            created_at: row.take("created_at")?,
        })
    }
}

/// An account to become a member, named by its address or its id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMember {
    pub email: Option<Email>,
    pub account_id: Option<Id<User>>,
    pub role: RoleName,
}

/// Another role for a member.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberChange {
    pub role: RoleName,
}

impl Kernel {
    /// The tenant's members, those after `after`, who came first as accounts first.
    pub async fn list_members(
        &self,
        tenant: &Tenant,
        after: Option<Id<User>>,
        limit: usize,
    ) -> Result<Vec<Member>> {
        let number = tenant.number;
        self.db.system().read(move |tx| store::list_members(tx, number, after, limit)).await
    }

    /// A member of the tenant.
    pub fn find_member(&self, tenant: &Tenant, account: Id<User>) -> Result<Option<Member>> {
        self.db.system().read_here(|tx| store::find_member(tx, tenant.number, account))
    }
}

/// Makes an account a member.
pub fn admit_member(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    new: &NewMember,
    now: Timestamp,
) -> Result<Member> {
    by.may_give(tx, &new.role)?;
    let (system, tenant) = (tx.system(), by.tenant().number);
    let account = account_of(&system, new)?;
    if store::find_member(&system, tenant, account)?.is_some() {
        return Err(Error::conflict("This account is a member already; change its role instead."));
    }
    store::insert_member(&system, tenant, account, &new.role, now)?;
    identity.forget_standings(tx);
    let member = existing(&system, tenant, account)?;
    by.record(tx, &Act::new("member.added", account.subject()).after(&member)?, now)?;
    MemberAdded { account_id: account, role: new.role.to_string() }.about(account).publish(tx, &by.who)?;
    Ok(member)
}

/// Gives a member another role.
pub fn change_member(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    account: Id<User>,
    change: &MemberChange,
    now: Timestamp,
) -> Result<Member> {
    let (system, tenant) = (tx.system(), by.tenant().number);
    let member = existing(&system, tenant, account)?;
    by.may_take(tx, &member.role)?;
    by.may_give(tx, &change.role)?;
    if member.role == OWNER && &*change.role != OWNER {
        must_leave_an_owner(&system, tenant, account)?;
    }
    store::set_member_role(tx, account, &change.role)?;
    identity.forget_standings(tx);
    let changed = existing(&system, tenant, account)?;
    by.record(tx, &Act::new("member.changed", account.subject()).before(&member)?.after(&changed)?, now)?;
    let told = MemberChanged { account_id: account, role: changed.role.clone(), role_before: member.role };
    told.about(account).publish(tx, &by.who)?;
    Ok(changed)
}

/// Takes an account out of the tenant; the account itself and what it made here stay.
pub fn remove_member(
    tx: &Write<'_>,
    identity: &Identity,
    by: &Grantor,
    account: Id<User>,
    now: Timestamp,
) -> Result<()> {
    let (system, tenant) = (tx.system(), by.tenant().number);
    let member = existing(&system, tenant, account)?;
    by.may_take(tx, &member.role)?;
    if member.role == OWNER {
        must_leave_an_owner(&system, tenant, account)?;
    }
    keys::delete_keys_of(tx, &identity.keys, Some(tenant), account)?;
    identity.forget_standings(tx);
    by.record(tx, &Act::new("member.removed", account.subject()).before(&member)?, now)?;
    MemberRemoved { account_id: account, role_before: member.role }.about(account).publish(tx, &by.who)?;
    store::delete_member(tx, account)
}

/// An owner who is disabled can't act, so he does not count.
fn must_leave_an_owner(tx: &SystemRead<'_>, tenant: TenantNo, account: Id<User>) -> Result<()> {
    if store::has_another_owner(tx, tenant, account)? {
        return Ok(());
    }
    Err(Error::conflict("This is the last owner; make somebody else an owner first."))
}

fn existing(tx: &SystemRead<'_>, tenant: TenantNo, account: Id<User>) -> Result<Member> {
    store::find_member(tx, tenant, account)?.ok_or_else(|| Error::not_found("member"))
}

fn account_of(tx: &SystemRead<'_>, new: &NewMember) -> Result<Id<User>> {
    match (&new.email, new.account_id) {
        (Some(email), None) => store::find_account_by_email(tx, &email.key())?
            .ok_or_else(|| Error::invalid("email", "there is no account with this address")),
        (None, Some(id)) if store::account_exists(tx, id)? => Ok(id),
        (None, Some(_)) => Err(Error::invalid("accountId", "there is no account with this id")),
        _ => Err(Error::invalid("email", "name the account by either its email or its accountId")),
    }
}

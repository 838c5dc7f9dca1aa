//! Identity: who somebody is, and what he may do in a tenant.
//!
//! A token says who; it carries no roles. What its subject may do is looked up for each request,
//! from memory, so that a change works at once.

mod account;
mod attempts;
mod facts;
mod grant;
mod hashing;
mod issuers;
mod keys;
mod members;
mod own_password;
mod password;
mod permission;
mod places;
mod prune;
mod role;
mod roles;
mod session;
mod setup;
mod sign_in;
mod standing;
mod store;
mod token;
mod users;

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

pub use account::{Email, NewAccount, User, UserName, UserState};
pub(super) use facts::FACTS;
use facts::UserCreated;
pub use grant::{Grantor, must_mean_something};
pub use issuers::{
    HttpsUrl, Issuer, IssuerChange, IssuerState, KeyStatus, NewIssuer, change_issuer, create_issuer,
    delete_issuer, list_issuers, not_trusted,
};
pub(super) use issuers::{is_jwt, keys_of};
pub use keys::{ApiKey, MadeKey, NewKey, create_key, delete_key, note_used_keys, prune_keys};
pub use members::{Member, MemberChange, NewMember, admit_member, change_member, remove_member};
pub use own_password::PasswordChanged;
pub use password::{HashedPassword, NewPassword, Password};
pub use permission::{Allowed, Pattern, Permission, PermissionInfo, Scope};
pub use places::Place;
pub use prune::prune_sessions;
pub use role::{BUILT_IN, BuiltIn, OWNER, USER};
pub use roles::{
    NewRole, Role, RoleChange, RoleName, change_role, create_role, delete_role, find_role, list_roles,
};
pub use session::{Origin, Session};
pub use setup::SETUP_CODE_LASTS;
pub use sign_in::SignedIn;
pub use standing::Standing;
pub use token::{
    Ask, Claims, Minted, Narrowing, PublishedKey, Subject, Token, TokenId, Tokens, Verified, Wording,
    inspect, narrow,
};

pub use users::{
    NewUser, TenantUser, UserChange, UserList, UserPosition, change_user, create_user, delete_user,
    end_sessions_of,
};

use crate::base::config::Config;
use crate::base::db::{Db, Read, SystemWrite, TenantNo, Write};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::{Kernel, Who};
use attempts::Attempts;
use issuers::Issuers;
use keys::KeyRing;
use password::Passwords;
use session::Ended;
use standing::Standings;

pub struct Identity {
    tokens: Tokens,
    standings: Arc<Standings>,
    passwords: Passwords,
    attempts: Attempts,
    ended: Arc<Ended>,
    keys: Arc<KeyRing>,
    issuers: Issuers,
    /// Held while a signing key is made.
    rotating: tokio::sync::Mutex<()>,
}

impl Identity {
    /// Reads the signing keys, and makes the first when there is none.
    pub fn open(keys: &Path, config: &Config, db: &Db, now: Timestamp) -> Result<Self> {
        Ok(Self {
            tokens: Tokens::open(keys)?,
            standings: Arc::default(),
            passwords: Passwords::start(&config.identity)?,
            attempts: Attempts::default(),
            ended: Ended::load(db, now)?,
            keys: Arc::default(),
            issuers: Issuers::default(),
            rotating: tokio::sync::Mutex::default(),
        })
    }

    /// Passwords that were hashed since the start.
    pub fn hashed_passwords(&self) -> u64 {
        self.passwords.hashed()
    }

    /// Signs a token for these claims.
    pub fn mint(&self, claims: Claims) -> Result<Minted> {
        self.tokens.mint(claims)
    }

    /// What a token says, when this instance signed it, it has not expired and every block that its
    /// holders appended is harmless.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Verified>> {
        let verified = self.tokens.verify(token, now)?;
        if self.ended.contains(verified.claims.token) {
            return Err(token::refused("its session was ended; sign in again"));
        }
        Ok(verified)
    }

    /// Signs with a new key from now on; tokens signed with older ones stay valid.
    fn rotate_keys(&self) -> Result<u32> {
        self.tokens.rotate()
    }

    /// What others need to verify this instance's tokens.
    pub fn published_keys(&self) -> Vec<PublishedKey> {
        self.tokens.published_keys()
    }

    /// What a token's subject may do in a tenant.
    pub fn standing(
        &self,
        db: &Db,
        realm: TenantNo,
        subject: Subject,
        tenant: TenantNo,
    ) -> Result<Arc<Standing>> {
        match subject {
            Subject::User(id) => self.standings.find(db, realm, id, tenant),
            Subject::Operator => Ok(Arc::new(Standing::of_operator(tenant))),
        }
    }

    /// Hashes a password that somebody is to have, when there is one.
    pub async fn hash_password(&self, chosen: Option<&NewPassword>) -> Result<Option<HashedPassword>> {
        match chosen {
            Some(chosen) => Ok(Some(HashedPassword(self.passwords.hash(chosen.into()).await?))),
            None => Ok(None),
        }
    }

    /// Makes an account; an owner's also becomes a member of the instance.
    pub fn create_account(
        &self,
        tx: &Write<'_>,
        who: &Who,
        new: &NewAccount,
        now: Timestamp,
    ) -> Result<User> {
        let account = store::insert_user(tx, Id::fresh(), new, now)?;
        if new.owner {
            add_member(&tx.system(), TenantNo::INSTANCE, account.id, OWNER, now)?;
        }
        self.forget_standings(tx);
        audit::record(tx, who, &account_created(&account, new)?, now)?;
        UserCreated::publish_for(tx, who, account.id)?;
        Ok(account)
    }

    /// Once the current write is on disk, looks everybody's rights up anew.
    pub fn forget_standings(&self, tx: &Write<'_>) {
        let standings = Arc::clone(&self.standings);
        tx.after_commit(move || standings.forget());
    }
}

fn account_created(account: &User, new: &NewAccount) -> Result<Act> {
    let made = json!({ "email": account.email, "name": account.name, "owner": new.owner });
    Act::new("account.created", account.id.subject()).after(made)
}

impl Kernel {
    /// Signs with a new key from now on; tokens signed with older ones stay valid. The audit comes
    /// first: better a row about a key that could not be made than a key that nobody knows of.
    pub async fn rotate_keys(&self, who: &Who) -> Result<u32> {
        let _turn = self.identity.rotating.lock().await;
        let signs = self.identity.published_keys().into_iter().find(|key| key.signs).map(|key| key.id);
        let next = signs.unwrap_or_default() + 1;
        let rotated = Act::new("signing_keys.rotated", format!("signing_key:{next}"));
        self.write_down(who, rotated.before(json!({ "signs": signs }))?.after(json!({ "signs": next }))?)
            .await?;
        match self.identity.rotate_keys() {
            Ok(id) => Ok(id),
            Err(error) => {
                let failed = Act::new("signing_keys.rotation_failed", format!("signing_key:{next}"));
                self.write_down(who, failed).await?;
                Err(error)
            }
        }
    }

    /// Adds a row to the audit, for a deed that changes nothing in the database.
    pub(in crate::kernel) async fn write_down(&self, who: &Who, act: Act) -> Result<()> {
        let (now, by) = (self.clock.now(), who.clone());
        self.db.write(who, move |tx| audit::record(tx, &by, &act, now)).await
    }
}

/// Gives an account a role in a tenant.
pub(in crate::kernel) fn add_member(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    account: Id<User>,
    role: &str,
    now: Timestamp,
) -> Result<()> {
    if !store::account_exists(tx, account)? {
        return Err(Error::invalid("owner", "there is no account with this id"));
    }
    store::insert_member(tx, tenant, account, role, now)
}

/// Whether this is a user of the current tenant, or an account that works in it.
pub fn is_person_here(tx: &Read<'_>, id: Id<User>) -> Result<bool> {
    store::is_person_here(tx, id)
}

/// Accounts by e-mail address, those after `after`.
pub fn list_users(tx: &Read<'_>, after: Option<&str>, limit: usize) -> Result<Vec<User>> {
    store::list_users(tx, after, limit)
}

/// The account with this e-mail address.
pub fn find_user_by_email(tx: &Read<'_>, email: &Email) -> Result<Option<User>> {
    store::find_user_by_email(tx, email)
}

/// The owners of the instance.
pub fn list_instance_owners(tx: &Read<'_>) -> Result<Vec<User>> {
    store::list_owners(tx)
}

/// The keys of a tenant, those after `after`, the newest first.
pub fn list_keys(tx: &Read<'_>, after: Option<Id<ApiKey>>, limit: usize) -> Result<Vec<ApiKey>> {
    store::list_keys(tx, after, limit)
}

pub fn find_key(tx: &Read<'_>, id: Id<ApiKey>) -> Result<Option<ApiKey>> {
    store::find_key(tx, id)
}

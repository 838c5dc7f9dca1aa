//! The first run: a code, printed where only the operator sees it, that makes the first owner.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;

use super::account::NewAccount;
use super::account_created;
use super::facts::UserCreated;
use super::password::NewPassword;
use super::role::OWNER;
use super::session::Origin;
use super::sign_in::{SignedIn, begin_session};
use super::store;
use crate::base::db::TenantNo;
use crate::base::{Error, Id, Kind, Result};
use crate::kernel::audit::{self, Act};
use crate::kernel::tenants::{self, NewTenant};
use crate::kernel::{Actor, Kernel, Who};
use std::sync::Arc;

/// How long a code can be used.
pub const SETUP_CODE_LASTS: Duration = Duration::from_secs(30 * 60);

impl Kernel {
    /// Whether somebody owns the instance.
    pub async fn has_owner(&self) -> Result<bool> {
        let instance = self.tenants.instance()?;
        Ok(!self.db.read(&*instance, store::list_owners).await?.is_empty())
    }

    /// A new code; those from before stay valid until they expire.
    pub async fn make_setup_code(&self, who: &Who) -> Result<String> {
        if self.has_owner().await? {
            return Err(Error::conflict(
                "This instance has an owner; sign in, or make an account at the command line.",
            ));
        }
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        let code = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let (hash, now, by) = (hash_of(&code), self.clock.now(), who.clone());
        let end = now + SETUP_CODE_LASTS;
        self.db
            .write(who, move |tx| {
                store::insert_setup_code(&tx.system(), &hash, end)?;
                let made = Act::new("setup.code_made", by.tenant.id.subject());
                audit::record(tx, &by, &made.after(json!({ "expiresAt": end }))?, now)
            })
            .await?;
        Ok(code)
    }

    /// Makes the first owner, and perhaps the first tenant, and signs him in. The code is used up.
    pub async fn set_up(
        self: &Arc<Self>,
        code: &str,
        owner: NewAccount,
        password: &NewPassword,
        tenant: Option<NewTenant>,
        from: &Origin,
    ) -> Result<SignedIn> {
        let used = || {
            Error::new(
                Kind::Forbidden,
                "This code can't be used any more; `steading setup-link` prints a new one.",
            )
        };
        let hash = self.identity.passwords.hash(password.into()).await?;
        let (code, now, lifetime) = (hash_of(code), self.clock.now(), self.session_lifetime());
        let (kernel, from) = (Arc::clone(self), from.clone());
        let instance = self.tenants.instance()?;
        let here = Arc::clone(&instance);
        let (user, session) = self
            .db
            .write(&*instance, move |tx| {
                let system = tx.system();
                if !store::setup_code_is_valid(&system, &code, now)? || !store::list_owners(tx)?.is_empty() {
                    return Err(used());
                }
                store::delete_setup_codes(&system)?;
                let user = store::insert_user(tx, Id::fresh(), &owner, now)?;
                store::set_password(tx, user.id, &hash, now)?;
                store::insert_member(&system, TenantNo::INSTANCE, user.id, OWNER, now)?;
                let who = from.acting(&here, Actor::User(user.id));
                audit::record(tx, &who, &Act::new("setup.done", here.id.subject()), now)?;
                audit::record(tx, &who, &account_created(&user, &owner)?, now)?;
                UserCreated::publish_for(tx, &who, user.id)?;
                if let Some(tenant) = &tenant {
                    tenants::create_tenant(tx, &kernel, &who, tenant, user.id, now)?;
                }
                kernel.identity.forget_standings(tx);
                let session = begin_session(tx, &who, user.id, &from, now, lifetime)?;
                Ok((user, session))
            })
            .await?;
        self.token_of(&instance, user, &session)
    }
}

fn hash_of(code: &str) -> String {
    Sha256::digest(code.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

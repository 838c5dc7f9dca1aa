//! One's own password: proven again, and changed.

use serde_json::json;

use super::account::User;
use super::attempts::Attempt;
use super::password::{NewPassword, Password};
use super::sign_in::Credentials;
use super::token::TokenId;
use super::{keys, store};
use crate::base::text::fold_case;
use crate::base::{Error, Id, Result};
use crate::kernel::audit::{self, Act};
use crate::kernel::{Kernel, Who};

/// What a change of password ended, and what goes on.
pub struct PasswordChanged {
    /// Sessions, but for the one in which it was changed.
    pub ended: usize,
    pub deleted_keys: u64,
    /// API keys that go on working.
    pub keys_left: u64,
}

impl Kernel {
    /// Changes a user's password when he gives the old one. His other sessions end, and his API keys when he wants that:
    /// an account's in every tenant.
    pub async fn change_password(
        &self,
        who: &Who,
        user: Id<User>,
        current: TokenId,
        old: Password,
        new: &NewPassword,
        deletes_keys: bool,
    ) -> Result<PasswordChanged> {
        self.prove_again(who, user, old, "oldPassword", "password.change_failed").await?;
        let now = self.clock.now();
        let hash = self.identity.passwords.hash(new.into()).await?;
        let (ended, ring, by) = (self.identity.ended.clone(), self.identity.keys.clone(), who.clone());
        let tenant = (!who.tenant.is_instance()).then_some(who.tenant.number);
        self.db
            .write(who, move |tx| {
                store::set_password(tx, user, &hash, now)?;
                let ids = store::end_sessions(tx, user, Some(current), now)?;
                let deleted_keys =
                    if deletes_keys { keys::delete_keys_of(tx, &ring, tenant, user)? } else { 0 };
                let keys_left = store::count_keys_of(&tx.system(), tenant, user, now)?;
                let changed = PasswordChanged { ended: ids.len(), deleted_keys, keys_left };
                let told = json!({ "endedSessions": changed.ended, "deletedKeys": deleted_keys });
                let act = Act::new("password.changed", user.subject());
                audit::record(tx, &by, &act.after(told)?, now)?;
                ended.add_after(tx, ids);
                Ok(changed)
            })
            .await
    }

    /// Refuses who does not know the password of the user whose session he has. `failed` is the act that the audit
    /// has of that.
    pub async fn prove_again(
        &self,
        who: &Who,
        user: Id<User>,
        password: Password,
        field: &'static str,
        failed: &'static str,
    ) -> Result<()> {
        let (found, is_known_address) = self.db.read_here(who, |tx| {
            Ok((store::find_credentials_of(tx, user)?, store::knows_address(tx, user, &who.address)?))
        })?;
        let Credentials { user: known, password_hash } = found.ok_or_else(|| Error::not_found("user"))?;
        let (now, key) = (self.clock.now(), fold_case(&known.email));
        // Whoever took a session must not find out the password with it by trying: it counts as signing in does.
        let attempt = Attempt::new(who.tenant.number, &key, &who.address, is_known_address);
        if !self.try_password(attempt, password, password_hash, now).await?.is_right {
            self.write_down(who, Act::new(failed, user.subject())).await?;
            return Err(Error::invalid(field, "is wrong"));
        }
        Ok(())
    }
}

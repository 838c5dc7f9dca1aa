//! Signing in, out and up, the same for the instance and for every tenant: an account is a user of
//! the reserved tenant.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::account::{Email, NewAccount, User, UserName, UserState};
use super::attempts::Attempt;
use super::facts::{UserCreated, UserSignedIn};
use super::password::{NewPassword, Password, Verdict};
use super::session::{Origin, Session};
use super::store;
use super::token::{Claims, Subject, TokenId};
use crate::base::db::{FromRow, Row, TenantNo, Write};
use crate::base::{Error, Id, Kind, Result, Timestamp};
use crate::kernel::audit::{self, Act};
use crate::kernel::events::Fact;
use crate::kernel::tenants::{Signup, Tenant};
use crate::kernel::{Actor, Kernel, Who};

/// Somebody who has just signed in: his token is shown once.
pub struct SignedIn {
    pub token: String,
    pub expires_at: Timestamp,
    pub user: User,
}

/// A user and how he proves who he is.
pub(super) struct Credentials {
    pub user: User,
    pub password_hash: Option<String>,
}

impl FromRow for Credentials {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { user: User::from_row(row)?, password_hash: row.take("password_hash")? })
    }
}

/// The same for an unknown address and a wrong password.
fn wrong() -> Error {
    Error::new(Kind::Unauthenticated, "The e-mail address or the password is wrong.")
}

impl Kernel {
    /// Signs a user in with his password.
    pub async fn sign_in(
        &self,
        realm: &Arc<Tenant>,
        email: &Email,
        password: Password,
        from: &Origin,
    ) -> Result<SignedIn> {
        let now = self.clock.now();
        let key = email.key();
        let (found, is_known_address) = self.db.read_here(&**realm, |tx| {
            let found = store::find_credentials(tx, &key)?;
            let known = match &found {
                Some(found) => store::knows_address(tx, found.user.id, &from.address)?,
                None => false,
            };
            Ok((found, known))
        })?;
        let attempt = Attempt::new(realm.number, &key, &from.address, is_known_address);
        let stored = found.as_ref().and_then(|found| found.password_hash.clone());
        let proven = stored.clone();
        let verdict = self.try_password(attempt, password.clone(), stored, now).await?;
        let known = found.as_ref().map(|found| found.user.id);
        let Some(Credentials { user, .. }) = found.filter(|_| verdict.is_right) else {
            self.record_failure(realm, known, email, "wrong", from).await?;
            return Err(wrong());
        };
        if user.state != UserState::Active {
            self.record_failure(realm, known, email, "disabled", from).await?;
            return Err(Error::new(Kind::Forbidden, "This user is disabled; ask who runs this."));
        }
        let renewed =
            if verdict.is_stale { Some(self.identity.passwords.hash(password).await?) } else { None };
        let (id, lifetime, from) = (user.id, self.session_lifetime(), from.clone());
        let who = from.acting(realm, Actor::User(id));
        let session = self
            .db
            .write(&**realm, move |tx| {
                // Hashing takes its time; meanwhile the user may have been disabled or given another
                // password.
                let is_unchanged = store::find_credentials_of(tx, id)?
                    .is_some_and(|now| now.password_hash == proven && now.user.state == UserState::Active);
                if !is_unchanged {
                    return Err(wrong());
                }
                if let Some(hash) = &renewed {
                    store::set_password(tx, id, hash, now)?;
                }
                begin_session(tx, &who, id, &from, now, lifetime)
            })
            .await?;
        self.token_of(realm, user, &session)
    }

    /// Tries a password unless it is too soon for another: one that was refused is not hashed, and the first look keeps
    /// those who guess out of the line of those who sign in.
    pub(super) async fn try_password(
        &self,
        attempt: Attempt,
        password: Password,
        stored: Option<String>,
        now: Timestamp,
    ) -> Result<Verdict> {
        let attempts = self.identity.attempts.clone();
        attempts.may_try(&attempt, now)?;
        self.identity.passwords.verify(password, stored, move || attempts.begin(attempt, now)).await
    }

    /// Writes down that somebody did not get in. Attempts that come too fast leave no row, so
    /// guessing fills no disk.
    async fn record_failure(
        &self,
        realm: &Arc<Tenant>,
        known: Option<Id<User>>,
        email: &Email,
        reason: &'static str,
        from: &Origin,
    ) -> Result<()> {
        let who = from.acting(realm, Actor::Anonymous);
        tracing::info!(
            trace = %who.trace, tenant = realm.slug, actor = %who.actor, address = who.address, reason,
            "a sign-in failed"
        );
        let subject = known.map_or_else(|| format!("email:{}", email.key()), Id::<User>::subject);
        let act = Act::new("user.sign_in_failed", subject).after(json!({ "reason": reason }))?;
        self.write_down(&who, act).await
    }

    /// Makes a user who signs himself up, where that is open, and signs him in.
    pub async fn sign_up(
        &self,
        realm: &Arc<Tenant>,
        email: Email,
        name: UserName,
        password: &NewPassword,
        from: &Origin,
    ) -> Result<SignedIn> {
        let is_open = match realm.number {
            TenantNo::INSTANCE => self.config.identity.account_signup,
            _ => realm.signup == Signup::Open,
        };
        if !is_open {
            return Err(Error::new(
                Kind::Forbidden,
                "Signing up is closed here; ask who runs this for an invitation.",
            ));
        }
        let hash = self.identity.passwords.hash(password.into()).await?;
        let new = NewAccount { email, name, owner: false };
        let (now, lifetime, from, here) =
            (self.clock.now(), self.session_lifetime(), from.clone(), Arc::clone(realm));
        let (user, session) = self
            .db
            .write(&**realm, move |tx| {
                let user = store::insert_user(tx, Id::fresh(), &new, now)?;
                store::set_password(tx, user.id, &hash, now)?;
                let who = from.acting(&here, Actor::User(user.id));
                audit::record(tx, &who, &signed_up(&user)?, now)?;
                UserCreated::publish_for(tx, &who, user.id)?;
                let session = begin_session(tx, &who, user.id, &from, now, lifetime)?;
                Ok((user, session))
            })
            .await?;
        self.token_of(realm, user, &session)
    }

    /// A user by id.
    pub fn find_user(&self, realm: &Tenant, user: Id<User>) -> Result<Option<User>> {
        self.db.read_here(realm, |tx| store::find_user(tx, user))
    }

    /// The user's own sessions, the newest first.
    pub async fn list_sessions(
        &self,
        realm: &Tenant,
        user: Id<User>,
        current: TokenId,
    ) -> Result<Vec<Session>> {
        let now = self.clock.now();
        let mut sessions = self.db.read(realm, move |tx| store::list_sessions(tx, user, now)).await?;
        sessions.iter_mut().for_each(|session| session.current = session.id == current);
        Ok(sessions)
    }

    /// Ends one of the user's own sessions.
    pub async fn end_session(&self, who: &Who, user: Id<User>, session: TokenId) -> Result<()> {
        let (now, ended, by) = (self.clock.now(), self.identity.ended.clone(), who.clone());
        self.db
            .write(who, move |tx| {
                let id =
                    store::end_session(tx, user, session, now)?.ok_or_else(|| Error::not_found("session"))?;
                audit::record(tx, &by, &Act::new("session.ended", format!("session:{id}")), now)?;
                ended.add_after(tx, vec![id]);
                Ok(())
            })
            .await
    }

    /// Ends all of the user's sessions, and says how many.
    pub async fn end_sessions(&self, who: &Who, user: Id<User>) -> Result<usize> {
        let (now, ended, by) = (self.clock.now(), self.identity.ended.clone(), who.clone());
        self.db
            .write(who, move |tx| {
                let ids = store::end_sessions(tx, user, None, now)?;
                let count = ids.len();
                // One row however many there were: a script may have begun thousands.
                let act =
                    Act::new("session.ended", user.subject()).after(json!({ "endedSessions": count }))?;
                audit::record(tx, &by, &act, now)?;
                ended.add_after(tx, ids);
                Ok(count)
            })
            .await
    }

    /// Changes how a user is called.
    pub async fn change_profile(&self, who: &Who, user: Id<User>, name: UserName) -> Result<User> {
        let (now, by) = (self.clock.now(), who.clone());
        self.db
            .write(who, move |tx| {
                let before = store::find_user(tx, user)?.ok_or_else(|| Error::not_found("user"))?;
                let changed =
                    store::set_user_name(tx, user, &name, now)?.ok_or_else(|| Error::not_found("user"))?;
                let act = Act::new("profile.changed", user.subject())
                    .before(json!({ "name": before.name }))?
                    .after(json!({ "name": changed.name }))?;
                audit::record(tx, &by, &act, now)?;
                Ok(changed)
            })
            .await
    }

    pub(super) fn session_lifetime(&self) -> Duration {
        self.config.identity.session_lifetime.into()
    }

    pub(super) fn token_of(&self, realm: &Tenant, user: User, session: &Session) -> Result<SignedIn> {
        let minted = self.identity.mint(Claims {
            realm: realm.id,
            subject: Subject::User(user.id),
            token: session.id,
            tenant: None,
            is_key: false,
            expires_at: session.expires_at,
        })?;
        Ok(SignedIn { token: minted.token, expires_at: session.expires_at, user })
    }
}

fn signed_up(user: &User) -> Result<Act> {
    Act::new("user.signed_up", user.id.subject()).after(json!({ "email": user.email, "name": user.name }))
}

/// Begins a session and writes down that its user signed in.
pub(super) fn begin_session(
    tx: &Write<'_>,
    who: &Who,
    user: Id<User>,
    from: &Origin,
    now: Timestamp,
    lifetime: Duration,
) -> Result<Session> {
    let session = store::insert_session(tx, Id::fresh(), user, from, now, now + lifetime)?;
    let began = json!({ "session": session.id, "userAgent": session.user_agent });
    audit::record(tx, who, &Act::new("user.signed_in", user.subject()).after(began)?, now)?;
    UserSignedIn { user_id: user }.about(user).publish(tx, who)?;
    let who = who.clone();
    tx.after_commit(move || {
        tracing::info!(
            trace = %who.trace, tenant = who.tenant.slug, actor = %who.actor, address = who.address,
            "signed in"
        );
    });
    Ok(session)
}

//! The routes of signing in.

use super::model::{
    Began, Current, Ended, Login, PasswordChange, PasswordReplaced, PermissionShown, Permissions, Person,
    ProfileChange, Setup, SetupLink, SignUp,
};
use super::{OwnIdentity, OwnPermissions, OwnSession, SetupWrite};
use crate::base::{Error, Id, Result};
use crate::http::{
    App, Caller, Can, Cookie, Created, Deleted, From, Input, Path, Realm, Reply, Route, Shown, WithCookie,
};
use crate::kernel::concerns::{Concerns, Needed};
use crate::kernel::identity::{NewAccount, Place, SETUP_CODE_LASTS, Session, Token, User};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(POST   "/api/setup",              public,     set_up,          "Make the first owner, with the code that the server printed", Costly),
    route!(POST   "/api/setup-codes",        SetupWrite, make_setup_code, "Make a new code for the first run"),
    route!(POST   "/api/auth/signup",        public,     sign_up,         "Make yourself a user, where that is open", Costly),
    route!(POST   "/api/auth/login",         public,     log_in,          "Sign in with your password", Costly),
    route!(POST   "/api/auth/logout",        OwnSession, log_out,         "End this session"),
    route!(GET    "/api/auth/session",       OwnIdentity, show,           "Who you are"),
    route!(GET    "/api/auth/sessions",      OwnSession, list,            "Your sessions, the newest first"),
    route!(DELETE "/api/auth/sessions",      OwnSession, end_all,         "End all of your sessions, this one too"),
    route!(DELETE "/api/auth/sessions/{id}", OwnSession, end,             "End one of your sessions"),
    route!(GET    "/api/auth/tenants",       OwnIdentity, list_places,    "The tenants in which you have a place; with a token for one tenant, that one"),
    route!(GET    "/api/auth/concerns",      OwnIdentity, list_concerns,  "What you should see to in the tenants in which you have a place"),
    route!(GET    "/api/auth/permissions",   OwnPermissions, permissions, "What you may do in the tenant that the request names, or at home"),
    route!(GET    "/api/permissions",        OwnPermissions, list_permissions, "Every permission of this server, what it is for, and whether you hold it"),
    route!(POST   "/api/auth/password",      OwnSession, change_password, "Change your password; your other sessions end, and your API keys if you like", Costly),
    route!(PATCH  "/api/auth/profile",       OwnSession, change_profile,  "Change how you are called"),
];

async fn set_up(
    Input(setup): Input<Setup>,
    From(origin): From,
    app: App,
) -> Reply<WithCookie<Created<Began>>> {
    let owner = NewAccount { email: setup.email, name: setup.name, owner: true };
    let done = app.kernel().set_up(&setup.code, owner, &setup.password, setup.tenant, &origin).await?;
    Ok(Began::reply(done, &app))
}

/// The reply is a secret, so it is not kept for a repeat.
async fn make_setup_code(who: Can<SetupWrite>, app: App) -> Reply<Created<SetupLink>> {
    who.must_send_no_key()?;
    let code = app.make_setup_code(&who).await?;
    let path = format!("/setup#code={code}");
    Ok(Created(SetupLink { code, path, expires_at: app.clock.now() + SETUP_CODE_LASTS }))
}

async fn sign_up(
    Realm(realm): Realm,
    Input(new): Input<SignUp>,
    From(origin): From,
    app: App,
) -> Reply<WithCookie<Created<Began>>> {
    let done = app.sign_up(&realm, new.email, new.name, &new.password, &origin).await?;
    Ok(Began::reply(done, &app))
}

async fn log_in(
    Realm(realm): Realm,
    Input(login): Input<Login>,
    From(origin): From,
    app: App,
) -> Reply<WithCookie<Created<Began>>> {
    let done = app.sign_in(&realm, &login.email, login.password, &origin).await?;
    Ok(Began::reply(done, &app))
}

async fn log_out(who: Can<OwnSession>, app: App) -> Reply<WithCookie<Deleted>> {
    app.end_session(&who, user_of(&who)?, who.token).await?;
    let cookie = Cookie { token: None, seconds: 0, is_secure: app.config.server.is_https() };
    Ok(WithCookie { reply: Deleted::of(who.token), cookie })
}

async fn show(who: Can<OwnIdentity>, app: App) -> Reply<Shown<Current>> {
    let id = user_of(&who)?;
    let user = app.find_user(&who.tenant, id)?.ok_or_else(|| Error::not_found("user"))?;
    let permissions = who.allowed.patterns().to_vec();
    Ok(Shown(Current { user: Person::from(user), realm: who.tenant.slug.clone(), permissions }))
}

async fn list(who: Can<OwnSession>, app: App) -> Reply<Shown<Vec<Session>>> {
    Ok(Shown(app.list_sessions(&who.tenant, user_of(&who)?, who.token).await?))
}

async fn end(who: Can<OwnSession>, Path(id): Path<Id<Token>>, app: App) -> Reply<Deleted> {
    app.end_session(&who, user_of(&who)?, id).await?;
    Ok(Deleted::of(id))
}

async fn end_all(who: Can<OwnSession>, app: App) -> Reply<Shown<Ended>> {
    Ok(Shown(Ended { ended: app.end_sessions(&who, user_of(&who)?).await? }))
}

async fn permissions(who: Can<OwnPermissions>, app: App) -> Reply<Shown<Permissions>> {
    Ok(Shown(Permissions::of(&who, app.permissions())))
}

async fn list_permissions(who: Can<OwnPermissions>, app: App) -> Reply<Shown<Vec<PermissionShown>>> {
    Ok(Shown(PermissionShown::list(&who, app.permissions())))
}

async fn list_places(who: Can<OwnIdentity>, app: App) -> Reply<Shown<Vec<Place>>> {
    let mut places = app.list_places(&who.tenant, user_of(&who)?).await?;
    places.retain(|place| who.only_in.is_none_or(|only| only == place.id));
    Ok(Shown(places))
}

/// A narrowed token is told nothing: what it leaves out can't be asked of several tenants at once.
async fn list_concerns(who: Can<OwnIdentity>, app: App) -> Reply<Shown<Vec<Concerns>>> {
    let user = user_of(&who)?;
    if who.is_limited {
        return Ok(Shown(Vec::new()));
    }
    let known = |name| app.permissions().iter().find(|known| known.name == name).copied();
    let (Some(handlers), Some(keys)) = (known("subscriptions:read"), known("keys:read")) else {
        return Ok(Shown(Vec::new()));
    };
    let needed = Needed { handlers, keys };
    Ok(Shown(app.list_concerns(&who.tenant, user, who.only_in, needed).await?))
}

async fn change_password(
    who: Can<OwnSession>,
    Input(change): Input<PasswordChange>,
    app: App,
) -> Reply<Shown<PasswordReplaced>> {
    let PasswordChange { old_password, new_password, delete_keys } = change;
    let user = user_of(&who)?;
    let changed =
        app.change_password(&who, user, who.token, old_password, &new_password, delete_keys).await?;
    Ok(Shown(changed.into()))
}

async fn change_profile(
    who: Can<OwnSession>,
    Input(change): Input<ProfileChange>,
    app: App,
) -> Reply<Shown<Person>> {
    Ok(Shown(app.change_profile(&who, user_of(&who)?, change.name).await?.into()))
}

/// The user who calls; the operator's own token has no user.
fn user_of(who: &Caller) -> Result<Id<User>> {
    who.actor.user().ok_or_else(|| Error::conflict("The operator's own token has no user and no sessions."))
}

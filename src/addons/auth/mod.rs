//! Signing in and out, for accounts of the instance and for users of a tenant alike: a request that
//! names a tenant signs in to it, one that names none to the instance.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(OwnSession, Home, "self:manage", "See and end your own sessions, change your password and name");
permission!(OwnIdentity, Person, "self:read", "See who you are and where you have a place");
permission!(OwnPermissions, Here, "self:permissions", "See what you may do");
permission!(SetupWrite, Instance, "setup:write", "Make the code with which the first owner is made");

pub static ADDON: Addon = Addon {
    name: "auth",
    summary: "Sign in, sign out, sessions, the first run",
    permissions: &[OwnSession::INFO, OwnIdentity::INFO, OwnPermissions::INFO, SetupWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};

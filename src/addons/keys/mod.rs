//! API keys: a part of what somebody may do, for a program.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(KeysRead, Anywhere, "keys:read", "See API keys, but not their secrets");
permission!(KeysWrite, Anywhere, "keys:write", "Make API keys of what you hold, and delete them");

pub static ADDON: Addon = Addon {
    name: "keys",
    summary: "API keys, narrower than who made them",
    permissions: &[KeysRead::INFO, KeysWrite::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};

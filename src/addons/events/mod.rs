//! Events as a tenant's people see them: published, found again, followed and replayed. The bus is in
//! `kernel/events`.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::events::EventsRead;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(EventsWrite, Anywhere, "events:write", "Publish events");
permission!(EventsReplay, Anywhere, "events:replay", "Deliver events again");

pub static ADDON: Addon = Addon {
    name: "events",
    summary: "Facts that are published once and delivered until it is done",
    permissions: &[EventsRead::INFO, EventsWrite::INFO, EventsReplay::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};

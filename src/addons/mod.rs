//! The features, one folder each, all of the same shape. This list is the table of contents.

pub mod accounts;
pub mod audit;
pub mod auth;
pub mod backups;
pub mod dead_letters;
pub mod events;
pub mod instance;
pub mod issuers;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod members;
pub mod queues;
pub mod requests;
pub mod roles;
pub mod schedules;
pub mod subscriptions;
pub mod telemetry;
pub mod tenants;
pub mod users;
pub mod workers;

use crate::base::Result;
use crate::http::{Route, Table};
use crate::kernel::Features;
use crate::kernel::events::{EventHandler, FactKind};
use crate::kernel::identity::PermissionInfo;
use crate::kernel::jobs::JobKind;
use crate::kernel::jobs::schedules::BuiltInSchedule;

/// One feature: plain static data.
pub struct Addon {
    pub name: &'static str,
    pub summary: &'static str,
    pub permissions: &'static [PermissionInfo],
    pub routes: &'static [Route],
    /// Kinds of jobs that it handles.
    pub jobs: &'static [JobKind],
    /// Types of events that it publishes.
    pub events: &'static [FactKind],
    /// Handlers of events, its own and others'.
    pub handlers: &'static [EventHandler],
    /// Schedules that the instance itself has.
    pub schedules: &'static [BuiltInSchedule],
}

/// Every feature of this binary.
pub static ADDONS: &[&Addon] = &[
    &instance::ADDON,      // probes, the OpenAPI document
    &auth::ADDON,          // sign in, sign out, sessions, the first run
    &tenants::ADDON,       // make, rename, suspend, delete tenants
    &accounts::ADDON,      // those who sign in to the instance
    &roles::ADDON,         // built in, and a tenant's own
    &members::ADDON,       // accounts that work in a tenant
    &users::ADDON,         // those who sign in to a tenant
    &keys::ADDON,          // a part of what somebody may do, for a program
    &issuers::ADDON,       // others who say who somebody is
    &audit::ADDON,         // who did what
    &limits::ADDON,        // what a tenant may have, and has
    &backups::ADDON,       // the instance in a file
    &jobs::ADDON,          // durable work
    &queues::ADDON,        // limits that jobs share
    &schedules::ADDON,     // jobs by the clock
    &workers::ADDON,       // programs outside that run jobs
    &events::ADDON,        // facts, and who was told
    &subscriptions::ADDON, // who listens
    &dead_letters::ADDON,  // what could not be told
    &telemetry::ADDON,     // what was done lately
    &requests::ADDON,      // the service desk
];

/// Every route and permission of every feature.
pub fn table() -> Result<Table> {
    Table::new(
        ADDONS.iter().flat_map(|addon| addon.routes).collect(),
        ADDONS.iter().flat_map(|addon| addon.permissions).copied().collect(),
    )
}

/// Every schedule of the instance itself.
pub fn schedules() -> impl Iterator<Item = &'static BuiltInSchedule> {
    ADDONS.iter().flat_map(|addon| addon.schedules)
}

/// What every feature gives the kernel to work with.
pub fn features() -> Features {
    Features {
        jobs: ADDONS.iter().flat_map(|addon| addon.jobs).copied().collect(),
        facts: ADDONS.iter().flat_map(|addon| addon.events).copied().collect(),
        handlers: ADDONS.iter().flat_map(|addon| addon.handlers).copied().collect(),
    }
}

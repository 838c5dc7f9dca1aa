//! The audit, for those who may read it: who did what, to what, from where. It is written by the
//! kernel; the one route that adds to it adds a note in the caller's own name, and none changes it.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(AuditRead, Anywhere, "audit:read", "See who did what, to what and from where");
permission!(AuditNote, Anywhere, "audit:note", "Add notes to the audit");

pub static ADDON: Addon = Addon {
    name: "audit",
    summary: "Who did what, to what, from where",
    permissions: &[AuditRead::INFO, AuditNote::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};

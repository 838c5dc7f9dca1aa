//! What goes on while the disk is nearly full: whatever does not add, and what helps to free space.

use super::route::{Method, Route};

/// Routes that change something and still go on: signing in to see to it, ending what was begun, deleting.
pub const GOES_ON: &[&str] = &[
    "/api/auth/login",
    "/api/auth/logout",
    "/api/dead-letters/discard",
    "/api/dead-letters/{id}/discard",
    "/api/jobs/cancel",
    "/api/jobs/claim",
    "/api/jobs/delete",
    "/api/jobs/{id}/cancel",
    "/api/jobs/{id}/complete",
    "/api/jobs/{id}/fail",
    "/api/jobs/{id}/heartbeat",
    "/api/schedules/preview",
    "/api/schedules/{id}/run-now",
    "/api/tenants/{id}/suspend",
];

/// Whether a route needs room on the disk.
pub(super) fn needs_room(route: &Route) -> bool {
    let adds = matches!(route.method, Method::POST | Method::PUT | Method::PATCH);
    adds && !GOES_ON.contains(&route.path)
}

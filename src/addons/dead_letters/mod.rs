//! Dead letters as a tenant's people see them: found, grouped by what went wrong, replayed and put
//! away. The bus is in `kernel/events`.

mod model;
mod routes;

use crate::addons::Addon;
use crate::kernel::identity::Permission;
use crate::permission;

permission!(DeadLettersRead, Anywhere, "dead-letters:read", "See deliveries that used up their attempts");
permission!(DeadLettersWrite, Anywhere, "dead-letters:write", "Replay and discard dead letters");
permission!(
    DeadLettersCorrect,
    Anywhere,
    "dead-letters:correct",
    "Deliver dead letters anew with another payload"
);

pub static ADDON: Addon = Addon {
    name: "dead-letters",
    summary: "Deliveries that used up their attempts",
    permissions: &[DeadLettersRead::INFO, DeadLettersWrite::INFO, DeadLettersCorrect::INFO],
    routes: routes::ROUTES,
    jobs: &[],
    events: &[],
    handlers: &[],
    schedules: &[],
};

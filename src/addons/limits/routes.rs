//! The route over a tenant's limits.

use super::LimitsRead;
use crate::http::{App, Can, Reply, Route, Shown};
use crate::kernel::limits::{Usage, read_usage};
use crate::route;

pub static ROUTES: &[Route] =
    &[route!(GET "/api/limits", LimitsRead, show, "What the tenant may have, and what it has")];

async fn show(who: Can<LimitsRead>, app: App) -> Reply<Shown<Usage>> {
    Ok(Shown(read_usage(&app, &who.tenant)?))
}

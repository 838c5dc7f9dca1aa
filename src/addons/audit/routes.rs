//! The route over the audit. The instance's own is that of the reserved tenant: `X-Tenant-ID: instance`.

use super::AuditRead;
use super::model::{AuditList, Position};
use crate::http::{App, Can, Page, Query, Reply, Route};
use crate::kernel::audit::{self, Entry, Search};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET "/api/audit", AuditRead, list, "Who did what, the newest first; the instance's own with `X-Tenant-ID: instance`"),
];

async fn list(who: Can<AuditRead>, Query(query): Query<AuditList>, app: App) -> Reply<Page<Entry>> {
    let limit = query.limit;
    let search = Search::from(query);
    let found = app.db.read(&who, move |tx| audit::list_audit(tx, &search, limit.and_one())).await?;
    Ok(Page::of(found, limit.get(), |last| Position { at: last.at.millis(), number: last.number })?)
}

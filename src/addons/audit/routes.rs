//! The routes over the audit. The instance's own is that of the reserved tenant: `X-Tenant-ID: instance`.

use serde_json::json;

use super::model::{AuditList, NewNote, Note, Position};
use super::{AuditNote, AuditRead};
use crate::http::{App, Can, Created, Input, Page, Query, Reply, Route};
use crate::kernel::audit::{self, Act, Entry, Search};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET "/api/audit", AuditRead, list, "Who did what, the newest first; the instance's own with `X-Tenant-ID: instance`"),
    route!(POST "/api/audit/notes", AuditNote, note, "Add a note in one's own name"),
];

async fn note(who: Can<AuditNote>, Input(new): Input<NewNote>, app: App) -> Reply<Created<Note>> {
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| {
        let act = Act::new("note.added", new.subject.to_string()).after(json!({ "text": new.text }))?;
        audit::record(tx, &by, &act, now)?;
        Ok(Created(Note { subject: new.subject.clone(), text: new.text.clone(), at: now }))
    })
    .await
}

async fn list(who: Can<AuditRead>, Query(query): Query<AuditList>, app: App) -> Reply<Page<Entry>> {
    let limit = query.limit;
    let search = Search::from(query);
    let found = app.db.read(&who, move |tx| audit::list_audit(tx, &search, limit.and_one())).await?;
    Ok(Page::of(found, limit.get(), |last| Position { at: last.at.millis(), number: last.number })?)
}

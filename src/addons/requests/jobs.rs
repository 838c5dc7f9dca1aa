//! The jobs of the service desk: a reminder of each request that has a due time, moved and
//! cancelled with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{Request, Status};
use super::store;
use crate::base::db::Write;
use crate::base::{Id, Result, Timestamp};
use crate::kernel::Who;
use crate::kernel::jobs::{self, Ctx, JobKind, KindInfo, Outcome, Work};

pub static JOBS: &[JobKind] = &[JobKind::of::<Reminder>()];

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reminder {
    request_id: Id<Request>,
}

impl Work for Reminder {
    const KIND: KindInfo = KindInfo::new("requests.reminder", "Reminds of a request that is due");

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let id = self.request_id;
        let Some(request) = ctx.read(move |tx| store::find_request(tx, id)).await? else {
            return Ok(Outcome::Cancel("The request is gone.".into()));
        };
        if request.is_over() {
            return Ok(Outcome::Cancel(format!("The request is {}.", request.status.as_str())));
        }
        ctx.log(format!("The request “{}” is due.", request.title));
        Ok(Outcome::Done)
    }
}

impl Request {
    fn is_over(&self) -> bool {
        matches!(self.status, Status::Done | Status::Cancelled | Status::Rejected)
    }

    /// When somebody is to be reminded of it.
    fn reminder_at(&self) -> Option<Timestamp> {
        self.due_at.filter(|_| !self.is_over())
    }
}

/// The due time is part of the key: while the old reminder runs, the new one can be made.
fn key(id: Id<Request>, at: Timestamp) -> String {
    format!("{id}@{}", at.millis())
}

/// Brings the reminder in line with the request, which was `before`, if it was at all, and is `now`.
pub(super) fn keep_reminder(
    tx: &Write<'_>,
    who: &Who,
    before: Option<&Request>,
    now: Option<&Request>,
) -> Result<()> {
    let at =
        |request: Option<&Request>| request.and_then(|request| Some((request.id, request.reminder_at()?)));
    let (old, new) = (at(before), at(now));
    if old == new {
        return Ok(());
    }
    if let Some((id, at)) = old {
        jobs::cancel_unique(tx, who, &Reminder::KIND, &key(id, at))?;
    }
    if let Some((id, at)) = new {
        Reminder { request_id: id }.at(at).unique(key(id, at)).enqueue(tx, who)?;
    }
    Ok(())
}

//! The jobs of the service desk: a reminder of each request that has a due time, moved and
//! cancelled with it; and every night a look for those that were due long ago.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Request, Status};
use super::{expire_requests, store};
use crate::base::db::Write;
use crate::base::{Id, Result, Timestamp};
use crate::kernel::Who;
use crate::kernel::jobs::schedules::{BuiltInSchedule, keep_built_in};
use crate::kernel::jobs::{self, Ctx, JobKind, KindInfo, Outcome, Work};

pub static JOBS: &[JobKind] = &[JobKind::of::<Reminder>(), JobKind::of::<Expire>()];

/// Made in a tenant with its first request that has a due time.
static EXPIRE_NIGHTLY: BuiltInSchedule =
    BuiltInSchedule { name: "requests.expire", cron: "20 3 * * *", kind: &Expire::KIND };

/// How long after its due time an open request is cancelled.
const LONG_PAST: Duration = Duration::from_hours(24 * 90);

/// Requests that one write cancels.
const A_PIECE: usize = 50;

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

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Expire {}

impl Work for Expire {
    const KIND: KindInfo =
        KindInfo::new("requests.expire", "Cancels open requests that were due more than 90 days ago");

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let (now, mut expired, mut after) = (ctx.now(), 0, None);
        loop {
            let before = now - LONG_PAST;
            let piece = ctx.read(move |tx| store::list_long_due(tx, before, after, A_PIECE)).await?;
            let (who, requests) = (ctx.who.clone(), piece.clone());
            expired += ctx.write(move |tx| expire_requests(tx, &requests, before, &who, now)).await?;
            after = piece.last().copied();
            if piece.len() < A_PIECE {
                return Ok(Outcome::DoneWith(json!({ "expired": expired })));
            }
        }
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
        keep_built_in(tx, who, &EXPIRE_NIGHTLY)?;
        Reminder { request_id: id }.at(at).unique(key(id, at)).enqueue(tx, who)?;
    }
    Ok(())
}

//! Keeping house: what is kept for a time is deleted afterwards, by jobs of the instance, so that
//! one can see when that was, how much it was, and what went wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::MaintenanceWrite;
use crate::base::Result;
use crate::kernel::identity::Permission;
use crate::kernel::jobs::schedules::BuiltInSchedule;
use crate::kernel::jobs::{self, Ctx, JobKind, KindInfo, Outcome, Work};
use crate::kernel::{audit, events, identity, replies};

pub static JOBS: &[JobKind] = &[
    JobKind::of::<PruneAudit>(),
    JobKind::of::<PruneEvents>(),
    JobKind::of::<PruneJobs>(),
    JobKind::of::<PruneKeys>(),
    JobKind::of::<PruneReplies>(),
    JobKind::of::<PruneSessions>(),
];

/// Made in the instance when it starts with workers.
pub static SCHEDULES: &[BuiltInSchedule] = &[
    BuiltInSchedule { name: "maintenance.audit", cron: "11 * * * *", kind: &PruneAudit::KIND },
    BuiltInSchedule { name: "maintenance.events", cron: "51 * * * *", kind: &PruneEvents::KIND },
    BuiltInSchedule { name: "maintenance.jobs", cron: "21 * * * *", kind: &PruneJobs::KIND },
    BuiltInSchedule { name: "maintenance.keys", cron: "31 2 * * *", kind: &PruneKeys::KIND },
    BuiltInSchedule { name: "maintenance.replies", cron: "41 * * * *", kind: &PruneReplies::KIND },
    BuiltInSchedule { name: "maintenance.sessions", cron: "1 3 * * *", kind: &PruneSessions::KIND },
];

const fn kind(name: &'static str, summary: &'static str) -> KindInfo {
    KindInfo {
        queue: "system",
        is_of_instance: true,
        needs: Some(MaintenanceWrite::INFO),
        time_limit: std::time::Duration::from_mins(30),
        ..KindInfo::new(name, summary)
    }
}

fn deleted(rows: u64) -> Result<Outcome> {
    Ok(Outcome::DoneWith(json!({ "deleted": rows })))
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PruneAudit {}

impl Work for PruneAudit {
    const KIND: KindInfo = kind("maintenance.audit", "Deletes audit rows older than audit.keep");

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        deleted(audit::prune_once(&ctx.kernel).await?)
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PruneEvents {}

impl Work for PruneEvents {
    const KIND: KindInfo = kind("maintenance.events", "Deletes events older than events.keep says");

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        deleted(events::prune_once(&ctx.kernel).await?)
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PruneJobs {}

impl Work for PruneJobs {
    const KIND: KindInfo =
        kind("maintenance.jobs", "Deletes jobs that were over long ago, as jobs.keep_done says");

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        deleted(jobs::prune_once(&ctx.kernel).await?)
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PruneKeys {}

impl Work for PruneKeys {
    const KIND: KindInfo = kind("maintenance.keys", "Deletes API keys that expired long ago");

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        deleted(identity::prune_keys(&ctx.kernel).await?)
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PruneReplies {}

impl Work for PruneReplies {
    const KIND: KindInfo =
        kind("maintenance.replies", "Deletes the replies that are kept for a day for safe repeats");

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        deleted(replies::prune_once(&ctx.kernel).await?)
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PruneSessions {}

impl Work for PruneSessions {
    const KIND: KindInfo = kind(
        "maintenance.sessions",
        "Deletes sessions that expired long ago, as identity.keep_sessions says",
    );

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        deleted(identity::prune_sessions(&ctx.kernel).await?)
    }
}

//! The kind of job that shows that jobs run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::base::Result;
use crate::kernel::jobs::{Ctx, JobKind, KindInfo, Outcome, Work};

pub static JOBS: &[JobKind] = &[JobKind::of::<Ping>()];

/// Answers with what it was given.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Ping {
    #[serde(default)]
    message: Option<String>,
}

impl Work for Ping {
    const KIND: KindInfo = KindInfo::new("system.ping", "Answers, to show that jobs run");

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        let message = self.message.as_deref().unwrap_or("pong");
        ctx.log(message);
        Ok(Outcome::DoneWith(json!({ "message": message, "at": ctx.now() })))
    }
}

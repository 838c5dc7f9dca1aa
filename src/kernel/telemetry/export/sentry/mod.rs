//! Errors for Sentry and GlitchTip, each in an envelope of its own. An answer that asks for silence is heeded:
//! what happens meanwhile is counted and forgotten.

mod causes;
mod event;
mod limits;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::courier::{self, Courier, Post};
use super::outbox::{Outbox, Outcome};
use super::tally::Tally;
use super::{PATIENCE, Paces, Source, unusable};
use crate::base::config::Dsn;
use crate::base::db::TenantNo;
use crate::base::{Clock, Result, Timestamp};
use crate::kernel::outbound::{Answer, Call, Outbound};
use crate::kernel::telemetry::{Batch, Sink};
use causes::Causes;
use event::Incident;
use limits::{Repeats, silence};

pub(super) struct Sentry {
    courier: Courier<Project>,
    source: Source,
    repeats: Repeats,
    causes: Causes,
    farewell: Duration,
}

impl Sentry {
    pub(super) fn new(
        dsn: &Dsn,
        source: &Source,
        outbound: &Outbound,
        clock: &Clock,
        paces: Paces,
    ) -> Result<Self> {
        let client = concat!("steading/", env!("CARGO_PKG_VERSION"));
        let project = Project {
            url: dsn.envelopes.to_string(),
            auth: format!("Sentry sentry_version=7, sentry_client={client}, sentry_key={}", dsn.key.reveal()),
        };
        project.call(Vec::new()).check().map_err(|failure| unusable("telemetry.sentry_dsn", failure))?;
        let receiver = outbound.receiver(&dsn.envelopes, paces.timeout);
        let tally = Arc::new(Tally::new("sentry", "errors"));
        let outbox = Outbox::new(paces.errors, Arc::clone(&tally));
        Ok(Self {
            courier: Courier::new(outbox, tally, project, receiver, clock.clone())?,
            source: source.clone(),
            repeats: Repeats::default(),
            causes: Causes::default(),
            farewell: paces.farewell,
        })
    }

    pub(super) fn tally(&self) -> Arc<Tally> {
        self.courier.tally()
    }

    fn report(&mut self, incident: &Incident<'_>) {
        let now = Instant::now();
        match self.repeats.may_tell(incident.fingerprint(), now) {
            true => self.courier.outbox.push(incident.envelope(&self.source), incident.tenant(), now),
            false => self.courier.outbox.skip(),
        }
    }
}

impl Sink for Sentry {
    fn name(&self) -> &'static str {
        "sentry"
    }

    fn take(&mut self, batch: &Batch) {
        for line in &batch.lines {
            // The request that it is about is told itself.
            if !self.causes.note(line)
                && let Some(incident) = Incident::of_line(line)
            {
                self.report(&incident);
            }
        }
        for span in &batch.spans {
            let cause = self.causes.take(span);
            if let Some(incident) = Incident::of_span(span, cause) {
                self.report(&incident);
            }
        }
        self.rest();
    }

    fn rest(&mut self) {
        self.courier.run();
    }

    fn forget(&mut self, tenant: TenantNo) -> Result<()> {
        self.courier.outbox.forget_tenant(tenant);
        Ok(())
    }

    fn close(&mut self) {
        self.courier.finish(Instant::now() + self.farewell);
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }
}

/// Where errors are told.
struct Project {
    url: String,
    auth: String,
}

impl Post for Project {
    fn call(&self, items: Vec<&[u8]>) -> Call {
        let call = courier::post(&self.url, "application/x-sentry-envelope", items.concat());
        call.with_header("x-sentry-auth", &self.auth)
    }

    fn outcome(&self, answer: &Answer, now: Timestamp) -> Outcome {
        match answer.status {
            200..=299 => Outcome::Taken { refused: 0 },
            408 | 502..=504 => Outcome::Later(answer.retry_after(now)),
            _ => Outcome::Refused,
        }
    }

    fn silence(&self, answer: &Answer, now: Timestamp) -> Option<Duration> {
        silence(answer, now)
    }
}

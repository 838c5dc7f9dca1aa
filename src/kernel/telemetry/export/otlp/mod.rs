//! OTLP over HTTP: spans to `/v1/traces` and lines to `/v1/logs` of a collector, in protobuf.

mod encode;
mod proto;

use std::sync::Arc;
use std::time::{Duration, Instant};

use prost::Message;

use super::courier::{self, Courier, Post};
use super::outbox::{Outbox, Outcome};
use super::tally::Tally;
use super::{PATIENCE, Paces, Source, unusable};
use crate::base::config::{Endpoint, Header};
use crate::base::db::TenantNo;
use crate::base::{Clock, Result, Timestamp};
use crate::kernel::outbound::{Answer, Call, Outbound};
use crate::kernel::telemetry::{Batch, Sink, TenantTag};
use proto::{Export, Exported, OfResource, OfScope, Resource, Scope};

pub(super) struct Otlp {
    spans: Courier<Signal>,
    lines: Courier<Signal>,
    clock: Clock,
    farewell: Duration,
}

impl Otlp {
    pub(super) fn new(
        endpoint: &Endpoint,
        headers: &[Header],
        source: &Source,
        outbound: &Outbound,
        clock: &Clock,
        paces: Paces,
    ) -> Result<Self> {
        let headers: Vec<(String, String)> =
            headers.iter().map(|header| (header.name.clone(), header.value.reveal().to_owned())).collect();
        let courier = |what, path| -> Result<Courier<Signal>> {
            let url = endpoint.of(path);
            let receiver = outbound.receiver(&url, paces.timeout);
            let signal = Signal { url: url.into(), headers: headers.clone(), resource: resource(source) };
            signal.call(Vec::new()).check().map_err(|failure| unusable("telemetry.otlp_headers", failure))?;
            let tally = Arc::new(Tally::new("otlp", what));
            let outbox = Outbox::new(paces.batches, Arc::clone(&tally));
            Courier::new(outbox, tally, signal, receiver, clock.clone())
        };
        Ok(Self {
            spans: courier("spans", "v1/traces")?,
            lines: courier("lines", "v1/logs")?,
            clock: clock.clone(),
            farewell: paces.farewell,
        })
    }

    pub(super) fn tallies(&self) -> [Arc<Tally>; 2] {
        [self.spans.tally(), self.lines.tally()]
    }
}

impl Sink for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn take(&mut self, batch: &Batch) {
        let (now, observed) = (Instant::now(), self.clock.now().into());
        for span in &batch.spans {
            self.spans.outbox.push(encode::span(span), number_of(span.tenant.as_ref()), now);
        }
        for line in &batch.lines {
            self.lines.outbox.push(encode::line(line, observed), number_of(line.tenant.as_ref()), now);
        }
        self.rest();
    }

    fn rest(&mut self) {
        self.spans.run();
        self.lines.run();
    }

    fn forget(&mut self, tenant: TenantNo) -> Result<()> {
        self.spans.outbox.forget_tenant(tenant);
        self.lines.outbox.forget_tenant(tenant);
        Ok(())
    }

    fn close(&mut self) {
        let deadline = Instant::now() + self.farewell;
        self.spans.finish(deadline);
        self.lines.finish(deadline);
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }
}

fn number_of(tenant: Option<&TenantTag>) -> Option<TenantNo> {
    tenant.map(|tenant| tenant.number)
}

/// One kind of telemetry.
struct Signal {
    url: String,
    headers: Vec<(String, String)>,
    resource: Resource,
}

impl Post for Signal {
    fn call(&self, items: Vec<&[u8]>) -> Call {
        let scope = Scope { name: "steading".into(), version: env!("CARGO_PKG_VERSION").into() };
        let items = items.into_iter().map(<[u8]>::to_vec).collect();
        let scopes = vec![OfScope { scope: Some(scope), items }];
        let resources = vec![OfResource { resource: Some(self.resource.clone()), scopes }];
        let mut call =
            courier::post(&self.url, "application/x-protobuf", Export { resources }.encode_to_vec());
        call.headers.extend(self.headers.iter().cloned());
        call
    }

    /// The protocol names the answers after which it may be tried again.
    fn outcome(&self, answer: &Answer, now: Timestamp) -> Outcome {
        match answer.status {
            200..=299 => Outcome::Taken { refused: refused_by(&answer.body) },
            408 | 429 | 502..=504 => Outcome::Later(answer.retry_after(now)),
            _ => Outcome::Refused,
        }
    }
}

/// How many of those that were sent the receiver could not use. An answer that says nothing took all.
fn refused_by(answer: &[u8]) -> usize {
    let said = Exported::decode(answer).ok().and_then(|exported| exported.partial_success);
    said.and_then(|partly| usize::try_from(partly.rejected).ok()).unwrap_or(0)
}

fn resource(source: &Source) -> Resource {
    let attributes = vec![
        encode::text("service.name", &source.service),
        encode::text("service.version", source.version),
        encode::text("service.instance.id", &source.instance),
        encode::text("deployment.environment.name", &source.environment),
        encode::text("telemetry.sdk.name", "steading"),
        encode::text("telemetry.sdk.language", "rust"),
        encode::text("telemetry.sdk.version", source.version),
    ];
    Resource { attributes }
}

//! Telemetry on its way to others: what they are told, and what it costs when they do not listen.

mod otlp;
mod secrets;
mod sentry;
mod troubles;
mod whole;

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use steading::base::config::{self, Telemetry};
use steading::base::{Clock, Timestamp};
use steading::kernel::outbound::Outbound;
use steading::kernel::telemetry::export::{Counts, Exports, Paces, Source};
use steading::kernel::telemetry::{
    Attribute, Batch, Ending, Level, Line, Moment, Sink, Span, SpanId, SpanKind, TenantTag,
};
use steading::kernel::{Actor, TraceId};

use crate::outbound::settings;
use crate::support::{Asked, Elsewhere};

const TRACE: TraceId = TraceId(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);

/// 2026-01-01T00:00:00Z.
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Sends at once, and tries thrice in quick succession.
fn quick() -> Paces {
    let mut paces = Paces::default();
    for pace in [&mut paces.batches, &mut paces.errors] {
        pace.gather = Duration::ZERO;
        pace.tries = 3;
        pace.first_wait = Duration::ZERO;
        pace.longest_wait = Duration::ZERO;
    }
    paces
}

fn config_of(variables: &[(&str, &str)]) -> Telemetry {
    let variables =
        variables.iter().map(|(name, value)| (format!("STEADING__TELEMETRY__{name}"), (*value).to_owned()));
    config::load(None, variables).expect("a configuration").telemetry
}

/// A sink, and what it counts.
struct Exporter {
    sink: Option<Box<dyn Sink>>,
    exports: Exports,
}

impl Exporter {
    /// Nothing is excepted from what may be called.
    fn new(variables: &[(&str, &str)], paces: Paces) -> Self {
        let outbound = Outbound::open(&settings(&[])).expect("a client");
        let source = Source {
            service: "desk".into(),
            version: "1.2.3",
            environment: "test".into(),
            instance: "0199d8a1-0f5e-7c3e-9a54-3f0f7d1f2a11".into(),
        };
        let clock = Clock::standing_at(BEGINNING);
        let mut exports =
            Exports::at_pace(&config_of(variables), &source, &outbound, &clock, paces).expect("sinks");
        Self { sink: exports.sinks.pop(), exports }
    }

    fn otlp(server: &Elsewhere) -> Self {
        Self::new(&[("OTLP_ENDPOINT", &server.url(""))], quick())
    }

    fn sentry(server: &Elsewhere) -> Self {
        Self::new(&[("SENTRY_DSN", &dsn(server))], quick())
    }

    /// On a thread where it may block, as it does when it is attached.
    async fn on_its_thread(&mut self, act: impl FnOnce(&mut dyn Sink) + Send + 'static) {
        let mut sink = self.sink.take().expect("one sink");
        let acted = tokio::task::spawn_blocking(move || {
            act(&mut *sink);
            sink
        });
        self.sink = Some(acted.await.expect("it does not panic"));
    }

    async fn take(&mut self, batch: Batch) {
        self.on_its_thread(move |sink| sink.take(&batch)).await;
    }

    async fn rest(&mut self) {
        self.on_its_thread(|sink| sink.rest()).await;
    }

    async fn close(&mut self) {
        self.on_its_thread(|sink| sink.close()).await;
    }

    fn counts(&self, what: &str) -> Counts {
        self.exports.tallies.iter().find(|tally| tally.what == what).expect("a tally").counts()
    }
}

fn dsn(server: &Elsewhere) -> String {
    server.url("/42").replace("://", "://c0ffee@")
}

fn counts(exported: u64, dropped: u64, failed: u64) -> Counts {
    Counts { exported, dropped, failed }
}

fn tenant() -> Option<TenantTag> {
    Some(TenantTag { number: steading::base::db::TenantNo::INSTANCE, slug: "acme".into() })
}

fn span(id: u64, parent: Option<u64>, kind: SpanKind, name: &'static str) -> Span {
    Span {
        trace: TRACE,
        id: SpanId::from_bits(id),
        parent: parent.map(SpanId::from_bits),
        kind,
        name: name.into(),
        started: Moment::from(BEGINNING) + Duration::from_millis(id),
        took: Duration::from_millis(5),
        ending: Ending::Ok,
        status: None,
        tenant: tenant(),
        actor: Some(Actor::System),
        job: None,
        event: None,
        attributes: Vec::new(),
    }
}

fn text(text: &'static str) -> Attribute {
    Attribute::Text(text.into())
}

fn failed(why: &str, span: Span) -> Span {
    Span { ending: Ending::Failed(why.into()), ..span }
}

fn line(level: Level, message: &str) -> Line {
    Line {
        at: BEGINNING.into(),
        level,
        target: "steading::kernel::jobs",
        message: message.into(),
        trace: Some(TRACE),
        span: Some(SpanId::from_bits(1)),
        tenant: tenant(),
        actor: Some(Actor::System),
        job: None,
        fields: Vec::new(),
    }
}

fn spans(spans: Vec<Span>) -> Batch {
    Batch { spans, lines: Vec::new() }
}

fn lines(lines: Vec<Line>) -> Batch {
    Batch { spans: Vec::new(), lines }
}

/// What was asked, unpacked when it came packed.
fn body_of(asked: &Asked) -> Vec<u8> {
    match asked.header("content-encoding") {
        Some("gzip") => {
            let mut body = Vec::new();
            GzDecoder::new(&asked.body[..]).read_to_end(&mut body).expect("it is packed as it says");
            body
        }
        other => {
            assert_eq!(other, None);
            asked.body.clone()
        }
    }
}

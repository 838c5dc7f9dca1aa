//! Pressure: whoever serves never waits for telemetry. What there is no place for is dropped and counted.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use steading::base::{Clock, Timestamp, config};
use steading::kernel::TraceId;
use steading::kernel::telemetry::{Batch, Ending, Moment, Sink, Span, SpanId, SpanKind, Telemetry};

/// Takes nothing before it is let go.
struct Stuck {
    gate: Receiver<()>,
    taken: Sender<usize>,
}

impl Sink for Stuck {
    fn name(&self) -> &'static str {
        "stuck"
    }

    fn take(&mut self, batch: &Batch) {
        let _ = self.gate.recv();
        let _ = self.taken.send(batch.len());
    }
}

fn span() -> Span {
    Span {
        trace: TraceId::fresh(),
        id: SpanId::fresh(),
        parent: None,
        kind: SpanKind::Job,
        name: "work".into(),
        started: Moment::from_micros(0),
        took: Duration::ZERO,
        ending: Ending::Failed("it fails".into()),
        status: None,
        tenant: None,
        actor: None,
        job: None,
        event: None,
        attributes: Vec::new(),
    }
}

#[actix_web::test]
async fn nobody_waits_for_a_sink_that_hangs_and_what_is_missed_is_counted() {
    let dir = tempfile::TempDir::new().expect("a temporary directory");
    let config = config::load(None, []).expect("the defaults").telemetry;
    let ((open, gate), (taken, got)) = (channel::<()>(), channel());
    let telemetry = Telemetry::open(
        &config,
        dir.path().join("telemetry.db"),
        Clock::standing_at(Timestamp::from_millis(0)),
        Default::default(),
        vec![Box::new(Stuck { gate, taken })],
    )
    .expect("it opens");
    let told = 100_000;
    for _ in 0..told {
        telemetry.tell(span);
    }
    drop(open);
    telemetry.flush().await.expect("it is written");
    let figures = telemetry.figures();
    assert!(figures.dropped > 0, "nobody waited: {figures:?}");
    let of_sink = |name: &str| {
        let found = figures.dropped_by_sink.iter().find(|(sink, _)| *sink == name);
        found.expect("it is a sink").1
    };
    let missed_by_file = of_sink("telemetry.db");
    // What other tests of this process log meanwhile may be counted too.
    assert!(figures.written + missed_by_file + figures.dropped >= told, "each is counted: {figures:?}");
    telemetry.close().await;
    assert!(got.iter().sum::<usize>() as u64 + of_sink("stuck") + figures.dropped >= told);
}

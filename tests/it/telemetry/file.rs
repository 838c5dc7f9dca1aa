//! The file: it keeps to its size and its time, and is made anew when it is deleted or damaged.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use steading::base::Clock;
use steading::base::config;
use steading::kernel::TraceId;
use steading::kernel::telemetry::{Ending, Moment, Span, SpanId, SpanKind, Telemetry};

use super::{everything, names};
use crate::support::TestApp;

fn file_of(app: &TestApp) -> PathBuf {
    app.dir.path().join("data/telemetry.db")
}

#[actix_web::test]
async fn a_file_that_is_deleted_is_made_anew_while_the_service_goes_on() {
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    acme.get("/api/requests").await.expect(200);
    app.written().await;
    assert_eq!(names(&acme.telemetry("/api/traces").await), ["GET /api/requests"]);
    fs::remove_file(file_of(&app)).expect("it is deleted");
    assert_eq!(acme.telemetry("/api/traces").await.len(), 0);
    acme.get("/api/events").await.expect(200);
    app.written().await;
    assert_eq!(names(&acme.telemetry("/api/traces").await), ["GET /api/events"]);
}

#[actix_web::test]
async fn a_file_that_is_damaged_at_the_start_is_made_anew() {
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    acme.get("/api/requests").await.expect(200);
    let dir = app.stop().await;
    fs::write(dir.path().join("data/telemetry.db"), "this is no database ".repeat(1_000)).expect("a file");
    let app = TestApp::start_live_in(dir, everything).await;
    let acme = app.later("owner@acme.example", "acme").await;
    acme.get("/api/events").await.expect(200);
    app.written().await;
    assert_eq!(names(&acme.telemetry("/api/traces?route=/api/events").await), ["GET /api/events"]);
    assert_eq!(acme.telemetry("/api/traces?route=/api/requests").await.len(), 0);
}

#[actix_web::test]
async fn a_page_that_is_damaged_meanwhile_costs_the_file_and_nothing_else() {
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    for _ in 0..50 {
        acme.get("/api/requests").await.expect(200);
    }
    app.written().await;
    let dir = app.stop().await;
    let file = dir.path().join("data/telemetry.db");
    let mut bytes = fs::read(&file).expect("the file");
    // The head says what it is; everything after it is rubbish.
    bytes[4_096..].fill(0xff);
    fs::write(&file, bytes).expect("it is written");
    let app = TestApp::start_live_in(dir, everything).await;
    let acme = app.later("owner@acme.example", "acme").await;
    for _ in 0..3 {
        acme.get("/api/events").await.expect(200);
        app.written().await;
    }
    assert_eq!(names(&acme.telemetry("/api/traces?route=/api/events").await), ["GET /api/events"]);
}

#[actix_web::test]
async fn what_can_not_be_written_is_counted_and_the_service_goes_on() {
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    fs::create_dir(file_of(&app)).expect("something else is in its place");
    acme.get("/api/requests").await.expect(200);
    app.written().await;
    let figures = app.app.telemetry.figures();
    assert!(figures.lost > 0 && figures.written == 0, "{figures:?}");
    acme.get("/api/traces").await.expect(503);
    fs::remove_dir(file_of(&app)).expect("it is gone");
    acme.get("/api/events").await.expect(200);
    app.written().await;
    assert_eq!(names(&acme.telemetry("/api/traces?route=/api/events").await), ["GET /api/events"]);
}

#[actix_web::test]
async fn with_telemetry_off_nothing_is_kept_and_what_was_is_deleted() {
    let app = TestApp::start_with(everything).await;
    let (_, acme) = app.tenant("acme").await;
    acme.get("/api/requests").await.expect(200);
    let dir = app.stop().await;
    assert!(dir.path().join("data/telemetry.db").exists());
    let app = TestApp::start_live_in(dir, |config| config.telemetry.enabled = false).await;
    let acme = app.later("owner@acme.example", "acme").await;
    assert_eq!(acme.telemetry("/api/traces").await.len(), 0);
    app.written().await;
    assert!(!file_of(&app).exists());
}

/// Telemetry alone, which keeps everything in a small file.
struct Small {
    _dir: tempfile::TempDir,
    telemetry: Telemetry,
    clock: Clock,
}

impl Small {
    fn open(size: ByteSize) -> Self {
        let dir = tempfile::TempDir::new().expect("a temporary directory");
        let mut config = config::load(None, []).expect("the defaults").telemetry;
        config.max_size = size;
        config.sample = "100%".parse().expect("a share");
        let clock = Clock::standing_at(steading::base::Timestamp::from_millis(1_767_225_600_000));
        let file = dir.path().join("telemetry.db");
        let telemetry = Telemetry::open(&config, file, clock.clone(), Default::default(), Vec::new());
        Self { _dir: dir, telemetry: telemetry.expect("it opens"), clock }
    }

    fn span(&self, number: usize) -> Span {
        Span {
            trace: TraceId::fresh(),
            id: SpanId::fresh(),
            parent: None,
            kind: SpanKind::Job,
            name: format!("work {number}").into(),
            started: Moment::from(self.clock.now()),
            took: Duration::from_millis(1),
            ending: Ending::Ok,
            status: None,
            tenant: None,
            actor: None,
            job: None,
            event: None,
            attributes: vec![("note", "x".repeat(200).into())],
        }
    }
}

#[actix_web::test]
async fn a_file_keeps_to_its_size_and_the_oldest_goes_first() {
    let small = Small::open(ByteSize::mib(1));
    let (rounds, each) = (60, 200);
    let mut last = TraceId(0);
    let first = small.span(0);
    let oldest = first.trace;
    small.telemetry.tell(|| first);
    for round in 0..rounds {
        for number in 0..each {
            let span = small.span(round * each + number);
            last = span.trace;
            small.telemetry.tell(|| span);
        }
        small.clock.advance(Duration::from_secs(1));
        small.telemetry.flush().await.expect("it is written");
        let size = small.telemetry.figures().file_size;
        assert!(size <= ByteSize::mib(1).as_u64(), "{size} bytes after {round} rounds");
    }
    let figures = small.telemetry.figures();
    assert_eq!((figures.lost, figures.dropped), (0, 0));
    // What other tests of this process log meanwhile may be written too.
    assert!(figures.written > (rounds * each) as u64, "{figures:?}");
    let all = steading::kernel::telemetry::Viewer::of_everybody();
    small.telemetry.find_trace(all, last).await.expect("the newest is there");
    small.telemetry.find_trace(all, oldest).await.expect_err("the oldest is gone");
    small.telemetry.close().await;
}

#[actix_web::test]
async fn what_is_older_than_it_may_be_goes() {
    let small = Small::open(ByteSize::mib(4));
    let (old, young) = (small.span(1), small.span(2));
    let (first, second) = (old.trace, young.trace);
    small.telemetry.tell(|| old);
    small.telemetry.flush().await.expect("it is written");
    small.clock.advance(Duration::from_hours(24 * 8));
    let young = Span { started: Moment::from(small.clock.now()), ..young };
    small.telemetry.tell(|| young);
    small.telemetry.flush().await.expect("it is written");
    let all = steading::kernel::telemetry::Viewer::of_everybody();
    small.telemetry.find_trace(all, first).await.expect_err("it is too old");
    small.telemetry.find_trace(all, second).await.expect("it is young");
}

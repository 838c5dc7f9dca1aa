//! Receivers that are dead, slow, hang or refuse cost a count, and nothing else.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use steading::base::db::TenantNo;
use steading::kernel::outbound::{Call, Failure, Outbound};
use steading::kernel::telemetry::export::Paces;
use steading::kernel::telemetry::{Batch, Level, Sink, SpanKind};

use super::otlp::{LOGS, TRACES, collector, traces_in};
use super::{Exporter, counts, line, lines, quick, span, spans};
use crate::outbound::settings;
use crate::support::{Elsewhere, Said};

fn some(count: u64) -> Batch {
    spans((1..=count).map(|id| span(id, None, SpanKind::Job, "work")).collect())
}

fn status(status: u16, headers: &[(&str, &str)]) -> Said {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Said::Answer(status, headers.collect(), b"no".to_vec())
}

#[actix_web::test]
async fn what_is_refused_for_good_is_not_sent_again() {
    for refusal in [400, 401, 403, 404, 413, 500, 501] {
        let collector = collector().await;
        collector.says(TRACES, status(refusal, &[]));
        let mut exporter = Exporter::otlp(&collector);
        exporter.take(some(3)).await;
        exporter.rest().await;
        assert_eq!(collector.asked().len(), 1, "{refusal}");
        assert_eq!(exporter.counts("spans"), counts(0, 0, 3), "{refusal}");
    }
}

#[actix_web::test]
async fn what_is_refused_for_now_is_sent_again_and_given_up_at_last() {
    for refusal in [429, 502, 503, 504] {
        let collector = collector().await;
        collector.says(TRACES, status(refusal, &[("retry-after", "0")]));
        let mut exporter = Exporter::otlp(&collector);
        exporter.take(some(3)).await;
        assert_eq!(collector.asked().len(), 3, "{refusal}");
        assert_eq!(exporter.counts("spans"), counts(0, 0, 3), "{refusal}");
        assert!(collector.asked().iter().all(|asked| asked.body == collector.asked()[0].body));
    }
}

#[actix_web::test]
async fn a_collector_that_says_when_is_not_asked_before() {
    let collector = collector().await;
    collector.says(TRACES, status(503, &[("retry-after", "3600")]));
    let mut paces = quick();
    paces.batches.longest_wait = Duration::from_secs(7_200);
    let mut exporter = Exporter::new(&[("OTLP_ENDPOINT", &collector.url(""))], paces);
    exporter.take(some(1)).await;
    collector.answers(TRACES, "");
    exporter.take(some(1)).await;
    assert_eq!(collector.asked().len(), 1);
    exporter.take(lines(vec![line(Level::Info, "the log goes on")])).await;
    assert_eq!(exporter.counts("lines"), counts(1, 0, 0));
}

#[actix_web::test]
async fn a_collector_that_comes_back_gets_what_waited() {
    let collector = collector().await;
    collector.goes_down(true);
    let mut paces = quick();
    paces.batches.tries = 1_000;
    paces.batches.first_wait = Duration::from_millis(20);
    paces.batches.longest_wait = Duration::from_millis(20);
    let mut exporter = Exporter::new(&[("OTLP_ENDPOINT", &collector.url(""))], paces);
    exporter.take(some(4)).await;
    assert_eq!(exporter.counts("spans"), counts(0, 0, 0), "they wait");
    collector.goes_down(false);
    while exporter.counts("spans").exported < 4 {
        exporter.rest().await;
    }
    assert_eq!(traces_in(&collector.asked().remove(0)).resource_spans[0].scope_spans[0].spans.len(), 4);
}

/// Lines of the log, as they are written on one thread.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked with it").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn the_log_says_once_that_a_receiver_fails_and_once_that_it_takes_again() {
    let collector = collector().await;
    let mut exporter = Exporter::otlp(&collector);
    let written = Written::default();
    let make = {
        let written = written.clone();
        move || written.clone()
    };
    let log = Arc::new(tracing_subscriber::fmt().with_ansi(false).with_writer(make).finish());
    for (status_of_all, times) in [(503, 5), (401, 5), (200, 3)] {
        collector.says(TRACES, status(status_of_all, &[]));
        for _ in 0..times {
            let log = Arc::clone(&log);
            let send = move |sink: &mut dyn Sink| {
                tracing::subscriber::with_default(log, || sink.take(&some(2)));
            };
            exporter.on_its_thread(send).await;
        }
    }
    let written =
        String::from_utf8(written.0.lock().expect("nobody panicked with it").clone()).expect("text");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines.len(), 2, "{written}");
    assert!(lines[0].contains("telemetry is not taken") && lines[0].contains("status=503"), "{written}");
    assert!(lines[1].contains("telemetry is taken again"), "{written}");
}

#[actix_web::test]
async fn nobody_there_costs_a_count() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", gone.local_addr().expect("an address"));
    drop(gone);
    let mut exporter = Exporter::new(&[("OTLP_ENDPOINT", &url)], quick());
    exporter.take(some(2)).await;
    assert_eq!(exporter.counts("spans"), counts(0, 0, 2));
}

#[actix_web::test]
async fn one_that_hangs_is_let_go_when_its_time_is_over() {
    let collector = collector().await;
    collector.says(TRACES, Said::Nothing);
    let paces = Paces { timeout: Duration::from_millis(50), ..quick() };
    let mut exporter = Exporter::new(&[("OTLP_ENDPOINT", &collector.url(""))], paces);
    exporter.take(some(2)).await;
    assert_eq!(exporter.counts("spans"), counts(0, 0, 2));
}

#[actix_web::test]
async fn what_there_is_no_place_for_is_dropped() {
    let collector = collector().await;
    collector.says(TRACES, status(503, &[("retry-after", "3600")]));
    let mut paces = quick();
    (paces.batches.queue, paces.batches.longest_wait) = (10, Duration::from_secs(7_200));
    let mut exporter = Exporter::new(&[("OTLP_ENDPOINT", &collector.url(""))], paces);
    exporter.take(some(100)).await;
    assert_eq!(exporter.counts("spans"), counts(0, 90, 0));
}

#[actix_web::test]
async fn at_the_end_what_waits_is_sent_and_not_for_ever() {
    let collector = collector().await;
    let mut paces = quick();
    paces.batches.gather = Duration::from_hours(1);
    let endpoint = collector.url("");
    let mut exporter = Exporter::new(&[("OTLP_ENDPOINT", &endpoint)], paces);
    exporter.take(Batch { lines: vec![line(Level::Info, "hello")], ..some(5) }).await;
    assert!(collector.asked().is_empty(), "it gathers");
    exporter.close().await;
    assert_eq!((exporter.counts("spans"), exporter.counts("lines")), (counts(5, 0, 0), counts(1, 0, 0)));

    collector.says(TRACES, Said::Nothing);
    collector.says(LOGS, Said::Nothing);
    paces.farewell = Duration::from_millis(100);
    paces.timeout = Duration::from_hours(1);
    let mut exporter = Exporter::new(&[("OTLP_ENDPOINT", &endpoint)], paces);
    exporter.take(Batch { lines: vec![line(Level::Info, "hello")], ..some(5) }).await;
    exporter.close().await;
    assert_eq!((exporter.counts("spans"), exporter.counts("lines")), (counts(0, 5, 0), counts(0, 1, 0)));
}

/// The operator's own receiver is no way in for anybody else.
#[actix_web::test]
async fn the_receiver_is_reached_by_telemetry_and_by_nothing_else() {
    let collector = collector().await;
    let other = Elsewhere::http().await;
    let outbound = Outbound::open(&settings(&[])).expect("a client");
    let receiver = outbound.receiver(&collector.url("/").parse().expect("a URL"), Duration::from_secs(5));
    let status = receiver.send(&Call::post(collector.url(LOGS), "")).await.expect("an answer").status;
    assert_eq!(status, 200);
    let elsewhere = receiver.send(&Call::post(other.url("/"), "")).await;
    assert!(matches!(elsewhere, Err(Failure::BadUrl(_))), "{elsewhere:?}");
    let tenants = outbound.send(TenantNo::INSTANCE, Call::post(collector.url(LOGS), "")).await;
    assert!(matches!(tenants, Err(Failure::Refused { .. })), "{tenants:?}");
    assert!(other.asked().is_empty());
}

#[actix_web::test]
async fn a_collector_may_have_a_certificate_of_the_operators_authority() {
    let collector = Elsewhere::https().await;
    collector.answers(TRACES, "");
    let mut exporter = Exporter::otlp(&collector);
    exporter.take(some(1)).await;
    assert_eq!(exporter.counts("spans"), counts(1, 0, 0));
}

#[actix_web::test]
async fn many_go_in_few_calls() {
    let collector = collector().await;
    let mut exporter = Exporter::otlp(&collector);
    exporter.take(some(10_000)).await;
    while exporter.counts("spans").exported < 10_000 {
        exporter.rest().await;
    }
    assert_eq!(collector.asked().len(), 5);
}

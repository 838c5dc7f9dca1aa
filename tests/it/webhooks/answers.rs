//! What an answer means.

use std::fs;
use std::time::Duration;

use steading::kernel::jobs::WEBHOOK_WAITS;
use steading::kernel::webhooks::{Sent, TIMEOUT, Verdict};

use super::{error_of, hook, outbound, tell, tell_who_says};
use crate::support::{Elsewhere, Said};

async fn answered(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Sent {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    tell_who_says(Said::Answer(status, headers, body.into()), TIMEOUT).await
}

#[actix_web::test]
async fn a_status_is_a_verdict() {
    for (statuses, verdict) in [
        (&[200, 201, 202, 204, 206, 299][..], Verdict::Delivered),
        (&[410], Verdict::Gone),
        (&[429, 503], Verdict::Later(None)),
        (&[300, 304, 400, 401, 403, 404, 405, 409, 413, 418, 451, 500, 502, 504, 600, 999], Verdict::Failed),
    ] {
        for status in statuses {
            let sent = answered(*status, &[], b"").await;
            assert_eq!((sent.verdict, sent.status), (verdict, Some(*status)));
            match verdict {
                Verdict::Delivered => assert_eq!(sent.error, None),
                _ => assert!(error_of(&sent).contains(&status.to_string()), "{sent:?}"),
            }
        }
    }
}

#[actix_web::test]
async fn who_is_busy_says_for_how_long_within_a_day() {
    const DAY: u64 = 86_400;
    for (said, wait) in [
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("Tue, 14 Nov 2023 22:14:50 GMT", Some(90)),
        ("Tuesday, 14-Nov-23 22:14:50 GMT", Some(90)),
        ("Tue Nov 14 22:14:50 2023", Some(90)),
        ("86401", Some(DAY)),
        ("99999999999999999999999999", Some(DAY)),
        ("Wed, 01 Jan 9999 00:00:00 GMT", None),
        ("Fri, 01 Jan 9999 00:00:00 GMT", Some(DAY)),
        ("Tue, 14 Nov 2023 22:13:19 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("+5", None),
        ("1.5", None),
        ("1e3", None),
        ("tomorrow", None),
        ("", None),
        ("\u{661}", None),
    ] {
        for status in [429, 503] {
            let sent = answered(status, &[("retry-after", said)], b"").await;
            assert_eq!(sent.verdict, Verdict::Later(wait.map(Duration::from_secs)), "{said}");
        }
    }
    let sent = answered(500, &[("retry-after", "120")], b"").await;
    assert_eq!(sent.verdict, Verdict::Failed, "only 429 and 503 ask for time");
}

#[actix_web::test]
async fn a_redirect_is_a_failure_that_says_where_it_leads() {
    let (server, other) = (Elsewhere::http().await, Elsewhere::http().await);
    let outbound = outbound(&[&server.destination(), &other.destination()]);
    for status in [301, 302, 303, 307, 308] {
        for to in [other.url("/"), "http://169.254.169.254/latest/meta-data/".into()] {
            server.redirects("/", status, &to);
            let sent = tell(&outbound, &hook(server.url("/"))).await;
            assert_eq!((sent.verdict, sent.status), (Verdict::Failed, Some(status)));
            let error = error_of(&sent);
            assert!(error.contains("write the final URL") && error.contains(&to), "{error}");
        }
    }
    assert!(other.asked().is_empty());
    assert_eq!(server.asked().len(), 10);
}

#[actix_web::test]
async fn the_beginning_of_an_answer_is_kept_as_plain_text() {
    let sent = answered(400, &[], b"no\r\n\x1b[2Jsuch \xff thing").await;
    assert_eq!(sent.excerpt, "no\\r\\n\\u{1b}[2Jsuch \u{fffd} thing");
    for (length, is_cut) in [(1024, false), (1025, true), (16 * 1024, true), (100_000, true)] {
        let sent = answered(200, &[], &vec![b'x'; length]).await;
        assert_eq!((sent.excerpt.len(), sent.is_cut, sent.verdict), (1024, is_cut, Verdict::Delivered));
    }
}

#[test]
fn the_document_names_every_wait_between_attempts() {
    let written = WEBHOOK_WAITS.map(|wait| match wait.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ ..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    });
    let (last, before) = written.split_last().expect("some");
    let document = fs::read_to_string("docs/webhooks.md").expect("the document");
    assert!(document.contains(&format!("{} and {last}", before.join(", "))));
}

#[actix_web::test]
async fn who_has_too_many_calls_already_has_sent_nothing() {
    let server = Elsewhere::http().await;
    server.says("/hangs", Said::Nothing);
    let mut settings = crate::outbound::settings(&[&server.destination()]);
    settings.max_calls = 1;
    let outbound = steading::kernel::outbound::Outbound::open(&settings).expect("a client");
    let hangs = hook(server.url("/hangs"));
    let waits = super::Hook { timeout: super::SHORT, ..hook(server.url("/")) };
    let sent = tokio::select! {
        biased;
        sent = tell(&outbound, &hangs) => panic!("it ended: {sent:?}"),
        sent = tell(&outbound, &waits) => sent,
    };
    assert_eq!((sent.verdict, sent.status), (Verdict::Unsent, None));
    assert!(error_of(&sent).contains("outbound.max_calls"));
    assert!(server.asked().iter().all(|asked| asked.line != "POST / HTTP/1.1"));
}

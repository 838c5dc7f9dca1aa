//! Receivers that want to hurt: each costs a turn for as long as the hook may take, and little else.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use steading::kernel::outbound::Outbound;
use steading::kernel::webhooks::{TIMEOUT, Verdict};
use tokio::task::spawn_blocking;

use super::{Hook, SHORT, error_of, hook, outbound, tell, tell_who_says};
use crate::support::{Elsewhere, Said};

const HEAD: &str = "HTTP/1.1 200 OK\r\n\r\n";

#[actix_web::test]
async fn who_never_answers_is_given_up() {
    let second = Some(Duration::from_secs(1));
    for said in [
        Said::Nothing,
        Said::Endless(b"HTTP/1.1 200 OK\r\nx-slow: ".into(), second),
        Said::Endless(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx-slow: ".into(), second),
    ] {
        let sent = tell_who_says(said, SHORT).await;
        assert_eq!((sent.verdict, sent.status), (Verdict::Failed, None));
        assert!(error_of(&sent).contains("no answer came in time"), "{sent:?}");
    }
}

/// The status says that he has it; sending it again would tell him twice.
#[actix_web::test]
async fn who_says_yes_and_then_trickles_or_breaks_off_has_it() {
    let trickle = Said::Endless(HEAD.into(), Some(Duration::from_secs(1)));
    let short = Said::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".into());
    for (said, timeout, excerpt) in [(trickle, SHORT, "x"), (short, TIMEOUT, "abc")] {
        let sent = tell_who_says(said, timeout).await;
        assert_eq!((sent.verdict, sent.excerpt.as_str(), sent.is_cut), (Verdict::Delivered, excerpt, true));
    }
    let broken = Said::Raw(b"HTTP/1.1 500 No\r\ncontent-length: 10\r\n\r\nabc".into());
    let sent = tell_who_says(broken, TIMEOUT).await;
    assert_eq!((sent.verdict, sent.excerpt.as_str()), (Verdict::Failed, "abc"));
}

#[actix_web::test]
async fn what_is_no_answer_is_a_failure_that_says_so() {
    let many = [b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".repeat(200), b"\r\n".to_vec()].concat();
    for said in [
        Said::Raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".into()),
        Said::Raw(b"HTTP/1.1 999999 \r\n\r\n".into()),
        Said::Raw((0..=255).cycle().take(10_000).collect()),
        Said::Raw(Vec::new()),
        Said::Raw(b"HTTP/1.1 200 OK\r\nx-cut: ".into()),
        Said::Raw(many),
        Said::Endless(b"HTTP/1.1 200 OK\r\nx-long: ".into(), None),
    ] {
        let sent = tell_who_says(said.clone(), TIMEOUT).await;
        assert_eq!((sent.verdict, sent.status), (Verdict::Failed, None), "{said:?}");
        assert!(error_of(&sent).starts_with("The answer can't be read ("), "{sent:?}");
    }
}

/// How much of its 100 MB a receiver gets rid of before we hang up: what lies in the buffers between.
#[actix_web::test]
async fn a_hundred_megabytes_are_not_read() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let receiver = spawn_blocking(move || {
        let (mut stream, _) = listener.accept().expect("a call");
        let _ = stream.read(&mut [0; 8192]).expect("its request");
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n").expect("a head");
        let pieces = (0..1000).take_while(|_| stream.write_all(&[b'x'; 100_000]).is_ok());
        pieces.count() * 100_000
    });
    let sent = tell(&outbound(&[&address.to_string()]), &hook(format!("http://{address}/"))).await;
    assert_eq!((sent.verdict, sent.excerpt.len(), sent.is_cut), (Verdict::Delivered, 1024, true));
    let written = receiver.await.expect("it ends");
    assert!(written < 30_000_000, "{written} bytes were taken");
}

#[actix_web::test]
async fn who_is_not_there_or_not_who_he_says_is_told_apart() {
    let server = Elsewhere::https().await;
    let mut settings = crate::outbound::settings(&[&server.destination()]);
    settings.ca_file = "".into();
    let outbound = Outbound::open(&settings).expect("a client");
    let sent = tell(&outbound, &hook(server.url("/"))).await;
    assert!(error_of(&sent).starts_with("The certificate is not trusted"), "{sent:?}");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let outbound = super::outbound(&[&gone.to_string()]);
    let sent = tell(&outbound, &hook(format!("http://{gone}/"))).await;
    assert!(error_of(&sent).contains(&format!("Nobody accepts connections at {gone}")), "{sent:?}");
    // It takes the connection and then says nothing of itself.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("an address");
    let hook = Hook { timeout: SHORT, ..hook(format!("https://{address}/")) };
    let sent = tell(&super::outbound(&[&address.to_string()]), &hook).await;
    assert!(error_of(&sent).starts_with("Connecting took too long"), "{sent:?}");
}

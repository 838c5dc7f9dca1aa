//! What a call carries, and how much of whatever comes back is read.

use std::sync::Arc;
use std::time::Duration;

use bytesize::ByteSize;
use steading::kernel::outbound::{Call, During, Failure, Looking, Lookup, Outbound};

use super::{get, outbound, send, settings};
use crate::support::{Elsewhere, Said};

#[actix_web::test]
async fn a_call_carries_what_was_asked_and_says_who_calls() {
    let server = Elsewhere::http().await;
    server.says("/hook?a=1", Said::Answer(201, vec![("x-made".into(), "yes".into())], b"made".to_vec()));
    let call = Call::post(server.url("/hook?a=1#part"), "{}").with_header("content-type", "application/json");
    let answer = send(&outbound(&[&server.destination()]), call).await.expect("an answer");
    assert_eq!((answer.status, answer.header("x-made"), &answer.body[..]), (201, Some("yes"), &b"made"[..]));
    let asked = server.asked().remove(0);
    assert_eq!((asked.line.as_str(), &asked.body[..]), ("POST /hook?a=1 HTTP/1.1", &b"{}"[..]));
    assert_eq!(asked.header("user-agent"), Some(concat!("Steading/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(asked.header("host"), Some(server.destination().as_str()));
    let mut names: Vec<&str> = asked.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-length", "content-type", "host", "user-agent"]);
}

#[actix_web::test]
async fn cookies_are_not_kept() {
    let server = Elsewhere::http().await;
    server.says("/", Said::Answer(200, vec![("set-cookie".into(), "a=b; Path=/".into())], Vec::new()));
    let outbound = outbound(&[&server.destination()]);
    for _ in 0..2 {
        get(&outbound, &server.url("/")).await.expect("an answer");
    }
    assert!(server.asked().iter().all(|asked| asked.header("cookie").is_none()));
}

#[actix_web::test]
async fn headers_that_say_how_a_message_travels_are_refused() {
    let outbound = outbound(&[]);
    for (name, value) in [
        ("Host", "other.example"),
        ("content-length", "5"),
        ("Transfer-Encoding", "chunked"),
        ("connection", "upgrade"),
        ("user-agent", "me"),
        ("proxy-authorization", "x"),
        ("a b", "c"),
        ("x-two", "lines\r\nx-evil: 1"),
        ("x-null", "\0"),
        ("", "x"),
    ] {
        let outcome = send(&outbound, Call::get("https://example.org/").with_header(name, value)).await;
        assert_eq!(outcome.expect_err("it is refused"), Failure::BadHeader(name.into()));
    }
}

#[actix_web::test]
async fn what_was_meant_for_one_server_is_not_told_another() {
    let (first, second) = (Elsewhere::http().await, Elsewhere::http().await);
    let outbound = outbound(&[&first.destination(), &second.destination()]);
    first.redirects("/", 302, "/again");
    first.redirects("/again", 302, &second.url("/"));
    second.answers("/", "there");
    let call =
        Call { redirects: 5, ..Call::get(first.url("/")).with_header("authorization", "Bearer secret") };
    assert_eq!(send(&outbound, call).await.expect("an answer").body, b"there");
    assert!(first.asked().iter().all(|asked| asked.header("authorization") == Some("Bearer secret")));
    let told = second.asked().remove(0);
    assert_eq!((told.header("authorization"), told.header("referer")), (None, None));
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

#[actix_web::test]
async fn an_endless_answer_is_cut_at_the_limit() {
    let server = Elsewhere::http().await;
    server.says("/", Said::Endless(HEAD.to_vec(), None));
    let mut settings = settings(&[&server.destination()]);
    settings.max_body = ByteSize::kib(100);
    let outbound = Outbound::open(&settings).expect("a client");
    let answer = get(&outbound, &server.url("/")).await.expect("as much as is read");
    assert!(answer.is_cut);
    assert_eq!(answer.body.len(), 100 * 1024);
    for (own, read) in [(10, 10), (0, 0), (usize::MAX, 100 * 1024)] {
        let call = Call { limit: Some(own), ..Call::get(server.url("/")) };
        assert_eq!(send(&outbound, call).await.expect("as much as is read").body.len(), read);
    }
}

#[actix_web::test]
async fn an_answer_that_promises_too_much_is_cut_and_one_that_just_fits_is_not() {
    let server = Elsewhere::http().await;
    let promise = b"HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n".to_vec();
    server.says("/promise", Said::Endless(promise, None));
    server.answers("/fits", vec![b'y'; 1000]);
    let outbound = outbound(&[&server.destination()]);
    let limited = |path: &str, limit| Call { limit: Some(limit), ..Call::get(server.url(path)) };
    let answer = send(&outbound, limited("/fits", 1000)).await.expect("an answer");
    assert_eq!((answer.body.len(), answer.is_cut), (1000, false));
    let answer = send(&outbound, limited("/fits", 999)).await.expect("an answer");
    assert_eq!((answer.body.len(), answer.is_cut), (999, true));
    match send(&outbound, limited("/promise", 1000)).await {
        Ok(answer) => assert_eq!((answer.body.len(), answer.is_cut), (1000, true)),
        // A length that no number holds may as well be refused.
        Err(failure) => assert!(matches!(failure, Failure::Broken { .. }), "{failure:?}"),
    }
}

#[actix_web::test]
async fn a_trickle_ends_with_the_time_that_a_call_has() {
    let server = Elsewhere::http().await;
    server.says("/body", Said::Endless(HEAD.to_vec(), Some(Duration::from_millis(5))));
    server.says(
        "/head",
        Said::Endless(b"HTTP/1.1 200 OK\r\nx-slow: ".to_vec(), Some(Duration::from_millis(5))),
    );
    server.says("/nothing", Said::Nothing);
    let outbound = outbound(&[&server.destination()]);
    for (path, during) in
        [("/body", During::Reading), ("/head", During::Answering), ("/nothing", During::Answering)]
    {
        let call = Call { timeout: Some(Duration::from_millis(100)), ..Call::get(server.url(path)) };
        assert_eq!(send(&outbound, call).await.expect_err("it never ends"), Failure::TimedOut(during));
    }
}

/// A lookup and a handshake that never end: what waits for them has not asked anything yet.
#[actix_web::test]
async fn what_takes_too_long_before_the_call_is_told_as_connecting() {
    struct Endless;
    impl Lookup for Endless {
        fn look_up<'l>(&'l self, _: &'l str) -> Looking<'l> {
            Box::pin(std::future::pending())
        }
    }
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = silent.local_addr().expect("an address");
    let mut settings = settings(&[&silent.to_string()]);
    settings.connect_timeout = "50ms".parse().expect("a time");
    let outbound = Outbound::with_lookup(&settings, Arc::new(Endless)).expect("a client");
    let timeout = Some(Duration::from_millis(100));
    for url in ["http://endless.example/".to_owned(), format!("https://{silent}/")] {
        let outcome = send(&outbound, Call { timeout, ..Call::get(&url) }).await;
        assert_eq!(outcome.expect_err("it never ends"), Failure::TimedOut(During::Connecting), "{url}");
    }
}

#[actix_web::test]
async fn an_answer_without_its_end_counts_where_its_status_is_enough() {
    let server = Elsewhere::http().await;
    server.says("/slow", Said::Endless(HEAD.to_vec(), Some(Duration::from_millis(5))));
    server.says("/short", Said::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_vec()));
    let outbound = outbound(&[&server.destination()]);
    for path in ["/slow", "/short"] {
        let timeout = Some(Duration::from_millis(100));
        let call = Call { timeout, is_status_enough: true, ..Call::get(server.url(path)) };
        let answer = send(&outbound, call).await.expect("an answer");
        assert!(answer.status == 200 && answer.is_cut && !answer.body.is_empty(), "{answer:?}");
    }
}

#[actix_web::test]
async fn a_packed_answer_stays_packed() {
    let server = Elsewhere::http().await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, &vec![0; 50_000_000]).expect("it packs");
    let bomb = packer.finish().expect("it packs");
    server.says("/", Said::Answer(200, vec![("content-encoding".into(), "gzip".into())], bomb.clone()));
    let answer = get(&outbound(&[&server.destination()]), &server.url("/")).await.expect("an answer");
    assert!(answer.body == bomb && !answer.is_cut);
    assert_eq!(server.asked()[0].header("accept-encoding"), None);
}

#[actix_web::test]
async fn endless_headers_and_what_is_no_http_are_an_error() {
    let server = Elsewhere::http().await;
    server.says("/header", Said::Endless(b"HTTP/1.1 200 OK\r\nx-long: ".to_vec(), None));
    server.says(
        "/many",
        Said::Raw([b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".repeat(200), b"\r\n".to_vec()].concat()),
    );
    server.says("/rubbish", Said::Raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()));
    server.says("/short", Said::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_vec()));
    server.says("/closed", Said::Raw(Vec::new()));
    let outbound = outbound(&[&server.destination()]);
    for path in ["/header", "/many", "/rubbish", "/short", "/closed"] {
        let outcome = get(&outbound, &server.url(path)).await;
        assert!(matches!(outcome, Err(Failure::Broken { .. })), "{path}: {outcome:?}");
    }
}

#[actix_web::test]
async fn further_calls_wait_for_their_turn() {
    let server = Elsewhere::http().await;
    server.says("/hangs", Said::Nothing);
    server.answers("/", "x");
    let mut settings = settings(&[&server.destination()]);
    settings.max_calls = 1;
    let outbound = Outbound::open(&settings).expect("a client");
    let hangs = Call { timeout: Some(Duration::from_millis(100)), ..Call::get(server.url("/hangs")) };
    let url = server.url("/");
    let (hung, waited) = tokio::join!(send(&outbound, hangs), get(&outbound, &url));
    assert_eq!(hung.expect_err("it hangs"), Failure::TimedOut(During::Answering));
    assert_eq!(waited.expect("it had its turn").body, b"x");
    let lines: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["GET /hangs HTTP/1.1", "GET / HTTP/1.1"]);
}

#[actix_web::test]
async fn nobody_at_home_and_no_such_name_are_told_apart() {
    let gone = Elsewhere::http().await;
    let destination = gone.destination();
    drop(gone);
    tokio::task::yield_now().await;
    let names = super::Names::of(&[]);
    let outbound = Outbound::with_lookup(&settings(&[&destination]), names).expect("a client");
    let outcome = get(&outbound, &format!("http://{destination}/")).await;
    assert_eq!(outcome.expect_err("nobody is there"), Failure::NotConnected { destination });
    let outcome = get(&outbound, "http://nowhere.example/").await;
    assert_eq!(outcome.expect_err("no such name"), Failure::NotFound { host: "nowhere.example".into() });
}

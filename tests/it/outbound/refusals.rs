//! Where calls may not go, however it is written, wherever it leads.

use steading::kernel::outbound::{Call, Failure, Outbound};

use super::{Names, get, outbound, send, settings};
use crate::support::Elsewhere;

#[track_caller]
fn expect_refused<T: std::fmt::Debug>(outcome: Result<T, Failure>, what: &str) {
    assert!(matches!(outcome, Err(Failure::Refused { .. })), "{what}: {outcome:?}");
}

#[actix_web::test]
async fn no_way_of_writing_this_machine_reaches_it() {
    let server = Elsewhere::http().await;
    let port = server.address.port();
    let outbound = outbound(&[]);
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "%6cocalhost",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[0:0:0:0:0:0:0:1]",
    ] {
        expect_refused(get(&outbound, &format!("http://{host}:{port}/")).await, host);
    }
    assert!(server.asked().is_empty());
}

#[actix_web::test]
async fn networks_that_are_not_public_are_refused_by_address_and_by_name() {
    for address in [
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "fd00:ec2::254",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "2001:0:7f00:1::1",
        "::ffff:169.254.169.254",
    ] {
        let names = Names::of(&[("metadata.example", &[address])]);
        let outbound = Outbound::with_lookup(&settings(&[]), names).expect("a client");
        let literal = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        for url in [
            format!("http://{literal}/"),
            "http://metadata.example/".into(),
            "https://metadata.example/".into(),
        ] {
            expect_refused(get(&outbound, &url).await, address);
        }
    }
}

#[actix_web::test]
async fn one_bad_address_among_good_ones_spoils_the_name() {
    for mixture in ["8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8", "2606:4700::1111 8.8.8.8 ::1"] {
        let names = Names::of(&[("mixed.example", &[mixture])]);
        let outbound = Outbound::with_lookup(&settings(&[]), names).expect("a client");
        expect_refused(get(&outbound, "http://mixed.example/").await, mixture);
    }
}

/// The name is allowed as an address and port; the second time it leads to another port's machine.
#[actix_web::test]
async fn a_name_that_leads_elsewhere_the_second_time_is_looked_at_the_second_time() {
    let server = Elsewhere::http().await;
    server.answers("/", "first");
    let port = server.address.port();
    let names = Names::of(&[("rebinding.example", &["127.0.0.1", "127.0.0.2"])]);
    let outbound = Outbound::with_lookup(&settings(&[&server.destination()]), names).expect("a client");
    let url = format!("http://rebinding.example:{port}/");
    assert_eq!(get(&outbound, &url).await.expect("the first is allowed").body, b"first");
    expect_refused(get(&outbound, &url).await, "the second is not");
    assert_eq!(server.asked().len(), 1);
}

#[actix_web::test]
async fn an_exception_is_for_one_port_of_one_host() {
    let (server, other) = (Elsewhere::http().await, Elsewhere::http().await);
    server.answers("/", "yes");
    let by_address = outbound(&[&server.destination()]);
    assert_eq!(get(&by_address, &server.url("/")).await.expect("it is allowed").status, 200);
    expect_refused(get(&by_address, &other.url("/")).await, "another port");
    let name = format!("sso.example:{}", server.address.port());
    let names = Names::of(&[("sso.example", &["127.0.0.1"]), ("evil.example", &["127.0.0.1"])]);
    let by_name = Outbound::with_lookup(&settings(&[&name]), names).expect("a client");
    assert_eq!(get(&by_name, &format!("http://{name}/")).await.expect("it is allowed").status, 200);
    expect_refused(get(&by_name, &name.replace("sso", "http://evil")).await, "another name");
    expect_refused(get(&by_name, &server.url("/")).await, "the address itself");
}

#[actix_web::test]
async fn a_refusal_says_which_setting_opens_it_and_hides_the_address() {
    let names = Names::of(&[("inside.example", &["10.11.12.13"])]);
    let outbound = Outbound::with_lookup(&settings(&[]), names).expect("a client");
    let refused = get(&outbound, "https://inside.example/x").await.expect_err("it is private").to_string();
    assert!(refused.contains("add \"inside.example:443\" to outbound.allow"), "{refused}");
    assert!(!refused.contains("10.11"), "{refused}");
}

#[actix_web::test]
async fn what_is_no_plain_web_address_is_refused() {
    let outbound = outbound(&[]);
    for url in [
        "",
        "example.org",
        "//example.org/",
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org/",
        "data:text/plain,x",
        "javascript:1",
        "unix:/run/x.sock",
        "http://",
        "https://ada@example.org/",
        "https://ada:secret@example.org/",
        "https://:x@example.org/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://[::1",
        "http://1.2.3.256/",
        &format!("https://example.org/{}", "a".repeat(5000)),
    ] {
        let outcome = get(&outbound, url).await;
        assert!(matches!(outcome, Err(Failure::BadUrl(_))), "{url}: {outcome:?}");
    }
}

#[actix_web::test]
async fn a_redirect_is_followed_only_when_asked_for_and_never_inside() {
    let (server, inside) = (Elsewhere::http().await, Elsewhere::http().await);
    let outbound = outbound(&[&server.destination()]);
    inside.answers("/secret", "secret");
    server.answers("/end", "end");
    server.redirects("/to-end", 302, "/end");
    let follow = |path: &str| Call { redirects: 3, ..Call::get(server.url(path)) };
    assert_eq!(get(&outbound, &server.url("/to-end")).await.expect("an answer").status, 302);
    assert_eq!(send(&outbound, follow("/to-end")).await.expect("an answer").body, b"end");
    for status in [301, 302, 303, 307, 308] {
        for to in [inside.url("/secret"), format!("http://localhost:{}/secret", inside.address.port())] {
            server.redirects("/inside", status, &to);
            expect_refused(send(&outbound, follow("/inside")).await, &to);
        }
    }
    assert!(inside.asked().is_empty());
}

#[actix_web::test]
async fn redirects_come_to_an_end_and_lead_to_web_addresses() {
    let server = Elsewhere::http().await;
    let outbound = outbound(&[&server.destination()]);
    let follow = |path: &str| Call { redirects: 3, ..Call::get(server.url(path)) };
    server.redirects("/circle", 302, "/circle");
    let outcome = send(&outbound, follow("/circle")).await;
    assert!(matches!(outcome, Err(Failure::BadRedirect(_))), "{outcome:?}");
    assert_eq!(server.asked().len(), 4);
    for to in ["file:///etc/passwd", "http://ada:secret@example.org/", "http://"] {
        server.redirects("/bad", 302, to);
        let outcome = send(&outbound, follow("/bad")).await;
        assert!(matches!(outcome, Err(Failure::BadUrl(_) | Failure::BadRedirect(_))), "{to}: {outcome:?}");
    }
    server.redirects("/post", 307, "/circle");
    let post = Call { redirects: 3, ..Call::post(server.url("/post"), "x") };
    assert_eq!(send(&outbound, post).await.expect("an answer").status, 307);
}

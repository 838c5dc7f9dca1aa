//! Where hooks may be, when they are made and when they are called.

use steading::base::Kind;
use steading::base::db::TenantNo;
use steading::kernel::outbound::Outbound;
use steading::kernel::webhooks::{Verdict, check_url};

use super::{error_of, hook, tell};
use crate::outbound::{Names, settings};
use crate::support::Elsewhere;

fn with_names(allow: &[&str], names: &[(&str, &[&str])]) -> Outbound {
    Outbound::with_lookup(&settings(allow), Names::of(names)).expect("a client")
}

async fn check(outbound: &Outbound, url: &str) -> Result<String, String> {
    check_url(outbound, TenantNo::INSTANCE, url).await.map_err(|error| {
        assert_eq!(error.kind(), Kind::ValidationFailed);
        let [detail] = error.details() else { panic!("one place is wrong: {error}") };
        assert_eq!(detail.path, "url");
        detail.message.clone()
    })
}

#[actix_web::test]
async fn no_hook_is_made_where_calls_may_not_go() {
    let outbound = with_names(&[], &[("inside.example", &["10.0.0.1"]), ("mixed.example", &["8.8.8.8 ::1"])]);
    for url in [
        "http://127.0.0.1/",
        "http://2130706433",
        "http://0x7f.1",
        "http://0177.0.0.1",
        "http://127.1",
        "http://[::1]",
        "http://[::ffff:10.0.0.1]",
        "http://[64:ff9b::10.0.0.1]",
        "http://169.254.169.254/latest/meta-data/",
        "https://[fd00:ec2::254]/",
        "http://localhost",
        "http://LocalHost.:8080",
        "http://evil.localhost",
        "http://inside.example",
        "https://mixed.example",
    ] {
        let refused = check(&outbound, url).await.expect_err(url);
        assert!(refused.contains("outbound.allow"), "{url}: {refused}");
    }
    for url in [
        "",
        "example.org",
        "ftp://example.org",
        "file:///etc/passwd",
        "https://ada@example.org/",
        "https://ada:secret@example.org/",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://exa mple.org/",
        &format!("https://example.org/{}", "a".repeat(5000)),
    ] {
        let refused = check(&outbound, url).await.expect_err(url);
        assert!(refused.starts_with("This URL can't be called: "), "{url}: {refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }
}

#[actix_web::test]
async fn other_urls_are_kept_as_they_will_be_called() {
    let names: &[(&str, &[&str])] = &[("hooks.example", &["8.8.8.8"]), ("sso.lan", &["10.0.0.5"])];
    let outbound = with_names(&["127.0.0.1:9000", "sso.lan:8443"], names);
    for (url, kept) in [
        ("https://HOOKS.example/a?b=c", "https://hooks.example/a?b=c"),
        ("https://hooks.example:443/x/../y", "https://hooks.example/y"),
        ("http://8.8.8.8", "http://8.8.8.8/"),
        ("http://0x7f.1:9000/", "http://127.0.0.1:9000/"),
        ("https://sso.lan:8443/", "https://sso.lan:8443/"),
        // It may get an address later, and is looked at then.
        ("https://unknown.example/", "https://unknown.example/"),
    ] {
        assert_eq!(check(&outbound, url).await.as_deref(), Ok(kept));
    }
}

#[actix_web::test]
async fn a_name_that_was_good_when_the_hook_was_made_is_looked_at_again() {
    let server = Elsewhere::http().await;
    let names: &[(&str, &[&str])] = &[("rebinding.example", &["8.8.8.8", "127.0.0.1"])];
    let outbound = with_names(&[], names);
    let url = format!("http://rebinding.example:{}/", server.address.port());
    let url = check(&outbound, &url).await.expect("it leads to a public address");
    let sent = tell(&outbound, &hook(url)).await;
    assert_eq!((sent.verdict, sent.status), (Verdict::Failed, None));
    let error = error_of(&sent);
    assert!(error.contains("is refused") && !error.contains("127.0.0.1"), "{error}");
    assert!(server.asked().is_empty());
}

#[actix_web::test]
async fn a_name_without_an_address_is_told() {
    let sent = tell(&with_names(&[], &[]), &hook("https://nowhere.example/")).await;
    assert_eq!((sent.verdict, sent.status), (Verdict::Failed, None));
    assert!(error_of(&sent).contains("The name nowhere.example has no address"), "{sent:?}");
}

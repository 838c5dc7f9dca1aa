//! Over https only who has a certificate for its name is believed.

use std::fs;

use steading::base::Kind;
use steading::kernel::outbound::{Failure, Outbound};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::{Names, get, outbound, send, settings};
use crate::support::Elsewhere;

#[actix_web::test]
async fn an_own_authority_is_trusted_when_it_is_named() {
    let server = Elsewhere::https().await;
    server.answers("/", "hello");
    let trusting = outbound(&[&server.destination()]);
    assert_eq!(get(&trusting, &server.url("/")).await.expect("it is trusted").body, b"hello");
    let mut settings = settings(&[&server.destination()]);
    settings.ca_file = "".into();
    let plain = Outbound::open(&settings).expect("a client");
    let refused = get(&plain, &server.url("/")).await.expect_err("nobody knows this authority");
    assert!(matches!(refused, Failure::NotTrusted { .. }), "{refused:?}");
    assert!(refused.to_string().contains("outbound.ca_file"));
    assert_eq!(server.asked().len(), 1);
}

#[actix_web::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let server = Elsewhere::https().await;
    let names = Names::of(&[("sso.example", &["127.0.0.1"]), ("other.example", &["127.0.0.1"])]);
    let outbound = Outbound::with_lookup(&settings(&[&server.destination()]), names).expect("a client");
    let at = |name: &str| format!("https://{name}:{}/", server.address.port());
    assert_eq!(get(&outbound, &at("sso.example")).await.expect("it is in the certificate").status, 404);
    let refused = get(&outbound, &at("other.example")).await.expect_err("it is not");
    assert!(matches!(refused, Failure::NotTrusted { .. }), "{refused:?}");
}

#[actix_web::test]
async fn a_server_without_https_is_not_told_to_mend_its_certificate() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a call");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("it is told");
        stream
    });
    let outcome = get(&outbound(&[&address.to_string()]), &format!("https://{address}/")).await;
    let refused = outcome.expect_err("it speaks no TLS");
    assert!(matches!(refused, Failure::NotSecure { .. }), "{refused:?}");
    drop(answering.await);
    assert!(!refused.to_string().contains("certificate"), "{refused}");
}

#[actix_web::test]
async fn https_is_not_given_up_on_the_way() {
    let (server, plain) = (Elsewhere::https().await, Elsewhere::http().await);
    server.redirects("/", 302, &plain.url("/"));
    let outbound = outbound(&[&server.destination(), &plain.destination()]);
    let call = steading::kernel::outbound::Call {
        redirects: 1,
        ..steading::kernel::outbound::Call::get(server.url("/"))
    };
    let refused = send(&outbound, call).await.expect_err("it gives up https");
    assert!(matches!(refused, Failure::BadRedirect(_)), "{refused:?}");
    assert!(plain.asked().is_empty());
}

#[test]
fn a_file_without_authorities_is_refused_at_the_start() {
    let file = NamedTempFile::new().expect("a file");
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        fs::write(file.path(), text).expect("its text");
        let mut settings = settings(&[]);
        settings.ca_file = file.path().into();
        let refused = Outbound::open(&settings).err().expect("it has none");
        assert_eq!(refused.kind(), Kind::ValidationFailed);
        assert!(refused.message().starts_with("outbound.ca_file is "), "{}", refused.message());
    }
}

//! TLS from files: a real client, a renewed certificate under load, a broken one, and the way round it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::generate_simple_self_signed;
use rustix::process::Signal;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::home::{Home, PATIENCE, Server};

/// A certificate that signs itself, as a file, and a client that trusts it alone.
struct Issued {
    certificate: String,
    key: String,
    client: Arc<ClientConfig>,
}

fn issue() -> Issued {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("it can be trusted");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Who comes again looks at the certificate again.
    client.resumption = Resumption::disabled();
    Issued { certificate: made.cert.pem(), key: made.signing_key.serialize_pem(), client: Arc::new(client) }
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

/// A home with a certificate, in files of their own.
struct Secured {
    home: Home,
    certificate: PathBuf,
    key: PathBuf,
}

impl Secured {
    fn with(issued: &Issued) -> Self {
        let home = Home::new();
        let (certificate, key) = (home.path().join("cert.pem"), home.path().join("key.pem"));
        let secured = Self { home, certificate, key };
        secured.put(&issued.certificate, &issued.key);
        secured
    }

    fn put(&self, certificate: &str, key: &str) {
        fs::write(&self.certificate, certificate).expect("a file");
        fs::write(&self.key, key).expect("a file");
    }

    fn options(&self) -> [(&str, &str); 3] {
        let text = |path: &'_ PathBuf| -> &'static str { path.to_str().expect("a path").to_owned().leak() };
        [
            ("STEADING__SERVER__TLS_CERT", text(&self.certificate)),
            ("STEADING__SERVER__TLS_KEY", text(&self.key)),
            ("STEADING__LOG__LEVEL", "info"),
        ]
    }

    fn serve(&self) -> Server {
        self.home.serve_with(&self.options())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("server.log")).expect("the log")
    }

    fn expect_logged(&self, text: &str, times: usize) {
        let end = Instant::now() + PATIENCE;
        while self.log().matches(text).count() < times {
            assert!(Instant::now() < end, "{text:?} is not {times} times in the log:\n{}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Where the server speaks TLS.
fn port_of(server: &Server) -> &str {
    server.url.strip_prefix("https://").expect("it says that it speaks https")
}

fn connect(server: &Server, issued: &Issued) -> std::io::Result<Tls> {
    let stream = TcpStream::connect(port_of(server))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let name = ServerName::try_from("localhost").expect("a name");
    let client = ClientConnection::new(Arc::clone(&issued.client), name).map_err(std::io::Error::other)?;
    let mut tls = StreamOwned::new(client, stream);
    while tls.conn.is_handshaking() {
        tls.conn.complete_io(&mut tls.sock)?;
    }
    Ok(tls)
}

/// Asks over a connection, and reads the whole answer.
fn get(tls: &mut Tls, path: &str) -> std::io::Result<String> {
    write!(tls, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = tls.read(&mut piece)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Ok(text);
        }
    }
}

#[test]
fn a_client_that_trusts_the_certificate_is_served_and_told_to_come_back_so() {
    let issued = issue();
    let secured = Secured::with(&issued);
    let server = secured.serve();
    let mut tls = connect(&server, &issued).expect("it trusts the certificate");
    for _ in 0..3 {
        let answer = get(&mut tls, "/readyz").expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    }
    connect(&server, &issue()).expect_err("nobody vouches for it to this one");
    // Commands on this machine go round it.
    secured.home.run(&["healthcheck"]).expect(0);
    secured.home.run(&["account", "create", "--email", "ada@acme.example", "--owner"]).expect(0);
    assert!(server.stop().success());
}

#[test]
fn who_speaks_http_where_tls_is_spoken_is_told_so() {
    let issued = issue();
    let server = Secured::with(&issued).serve();
    let mut plain = TcpStream::connect(port_of(&server)).expect("a connection");
    plain.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it is sent");
    let mut answer = String::new();
    plain.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("https://"), "{answer}");
}

#[test]
fn who_does_not_finish_shaking_hands_is_let_go() {
    let issued = issue();
    let secured = Secured::with(&issued);
    let mut options = secured.options().to_vec();
    options.push(("STEADING__SERVER__HEADER_TIMEOUT", "200ms"));
    let server = secured.home.serve_with(&options);
    let mut silent = TcpStream::connect(port_of(&server)).expect("a connection");
    silent.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    silent.write_all(&[0x16]).expect("it begins");
    assert_eq!(silent.read(&mut [0; 16]).expect("it is let go before we give up"), 0);
}

#[test]
fn a_renewed_certificate_is_taken_over_without_dropping_a_request() {
    let (old, new) = (Arc::new(issue()), issue());
    let secured = Secured::with(&old);
    let server = secured.serve();
    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (mut tls, is_over) = (connect(&server, &old).expect("a connection"), Arc::clone(&is_over));
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let answer = get(&mut tls, "/readyz").expect("no request is dropped");
                    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                }
            })
        })
        .collect();
    secured.put(&new.certificate, &new.key);
    server.signal(Signal::HUP);
    secured.expect_logged("the configuration was read again", 1);
    connect(&server, &new).expect("the new one is shown");
    connect(&server, &old).expect_err("the old one is not");
    is_over.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().expect("no request was dropped"));
}

#[test]
fn a_broken_certificate_leaves_the_one_before_in_use() {
    let (old, other) = (issue(), issue());
    let secured = Secured::with(&old);
    let server = secured.serve();
    for (times, (certificate, key)) in
        [(&*old.certificate, &*other.key), ("no certificate", &*old.key), (&*old.certificate, "")]
            .iter()
            .enumerate()
    {
        secured.put(certificate, key);
        server.signal(Signal::HUP);
        secured.expect_logged("nothing was changed", times + 1);
        connect(&server, &old).expect("the one from before is shown");
    }
}

#[test]
fn half_a_pair_or_a_wrong_one_does_not_start() {
    let (issued, other) = (issue(), issue());
    let secured = Secured::with(&issued);
    let start = |certificate: &str, key: &str| {
        let mut command = secured.home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("STEADING__SERVER__TLS_CERT", certificate).env("STEADING__SERVER__TLS_KEY", key);
        super::home::said(&mut command).expect(2)
    };
    assert!(start("cert.pem", "").line().contains("belong together"));
    assert!(start("nowhere.pem", "key.pem").line().contains("nowhere.pem"));
    secured.put(&issued.certificate, &other.key);
    assert!(start("cert.pem", "key.pem").line().contains("does not belong"));
}

//! The files of the certificate, looked at now and then.

use std::fs;
use std::path::PathBuf;

use rcgen::generate_simple_self_signed;
use steading::base::config::{self, Server};
use steading::server::{Certificates, Pair};
use tempfile::TempDir;

struct Files {
    _dir: TempDir,
    server: Server,
}

fn pair() -> (String, String) {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

impl Files {
    fn new() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let mut server = config::load(None, []).expect("the defaults").server;
        server.tls_cert = dir.path().join("cert.pem");
        server.tls_key = dir.path().join("key.pem");
        let files = Self { _dir: dir, server };
        files.put(&pair());
        files
    }

    fn put(&self, (certificate, key): &(String, String)) {
        fs::write(&self.server.tls_cert, certificate).expect("a file");
        fs::write(&self.server.tls_key, key).expect("a file");
    }

    fn certificates(&self) -> Certificates {
        Certificates::showing(Pair::read(&self.server).expect("it is whole").expect("it is named"))
    }
}

#[test]
fn a_renewed_pair_is_taken_over_at_the_next_look() {
    let files = Files::new();
    let certificates = files.certificates();
    let before = certificates.shown();
    certificates.look();
    assert_eq!(certificates.shown(), before);
    files.put(&pair());
    certificates.look();
    assert_ne!(certificates.shown(), before);
}

#[test]
fn a_pair_that_is_half_renewed_waits_for_its_other_half() {
    let files = Files::new();
    let certificates = files.certificates();
    let before = certificates.shown();
    let (certificate, key) = pair();
    fs::write(&files.server.tls_cert, &certificate).expect("one file after the other");
    certificates.look();
    assert_eq!(certificates.shown(), before);
    fs::write(&files.server.tls_key, &key).expect("and the other");
    certificates.look();
    assert_ne!(certificates.shown(), before);
}

#[test]
fn files_that_are_gone_leave_the_pair_in_use() {
    let files = Files::new();
    let certificates = files.certificates();
    let before = certificates.shown();
    for file in [&files.server.tls_cert, &files.server.tls_key] {
        fs::remove_file(file).expect("it was there");
        certificates.look();
        assert_eq!(certificates.shown(), before);
    }
}

#[test]
fn without_files_there_is_no_pair_and_half_of_one_is_refused() {
    let mut server = config::load(None, []).expect("the defaults").server;
    assert!(Pair::read(&server).expect("nothing is wrong").is_none());
    server.tls_key = PathBuf::from("key.pem");
    assert!(Pair::read(&server).err().expect("half of one").message().contains("belong together"));
}

//! What others bring: tokens and keys of issuers, answers of receivers and stores, a backup from somewhere, and what a
//! program writes into the log.

use std::fs::File;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sha2::{Digest, Sha256};
use steading::base::Timestamp;
use steading::base::config::load;
use steading::kernel::backups::{self, Backup};
use steading::kernel::outbound::Answer;
use steading::kernel::tried;
use tempfile::TempDir;

use super::{Target, target, text_of};

pub const TARGETS: &[Target] = &[
    target!(
        "jwt",
        jwt,
        ["eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA", "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30."],
        [".", "..", "eyJhbGciOiJub25lIn0", "e30", "bnVsbA"]
    ),
    target!(
        "keys",
        keys,
        [
            r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "alg": "EdDSA"}]}"#,
            r#"{"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "kid": "a", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#
        ],
        ["\"kty\"", "\"RSA\"", "\"n\"", "\"e\"", "AQAB", "\"key_ops\"", "[\"verify\"]", "null", "\"oct\""]
    ),
    target!(
        "store-answer",
        store_answer,
        ["<R><Key>a/b &amp; c</Key><Key>d</Key><UploadId>x</UploadId></R>"],
        ["<Key>", "</Key>", "&lt;", "&amp;lt;", "<Key", "]]>"]
    ),
    target!(
        "retry-after",
        retry_after,
        ["120", "Sun, 01 Mar 2026 10:30:00 GMT"],
        ["GMT", "99999999999999999999", "Sunday, 01-Mar-26", "0001"]
    ),
    target!(
        "excerpt",
        excerpt,
        ["<html>it broke \u{202e}</html>", "\u{1b}[31m"],
        ["\u{2028}", "\u{9b}", "\u{7f}", "🦀"]
    ),
    target!(
        "scrub",
        scrub,
        ["GET /x?token=abc failed for ada@example.org", "password: \"hunter two\" at https://a:b@c/"],
        ["Bearer ", "Basic ", "token=", "\"password\":", "whsec_", "eyJ", "-----BEGIN", "://", "@", "\\"]
    ),
    target!(
        "url",
        url,
        ["https://hooks.example.org/a?b=c", "http://0x7f.1:8080/", "https://[::ffff:127.0.0.1]/"],
        ["https://", "@", "0x", "%2e", "[::", "\\", "#", "。", ":0", "xn--"]
    ),
    target!(
        "public-address",
        public_address,
        ["192.0.2.1", "8.8.8.8", "2001:db8::1", "64:ff9b::7f00:1", "2606:4700::1111"],
        ["::ffff:", "127.", "169.254.", "fe80::", "2002:"]
    ),
    target!(
        "config",
        config,
        [CONFIG, "server.workers = 3\n[log]\nlevel = \"info\""],
        ["[server]", "[limits]", "[outbound]", "= ", "\"\"", "[[", "'''", "0 B", "30s", "true", "[]", "inf"]
    ),
    target!(
        "config-variable",
        config_variable,
        ["STEADING__SERVER__LISTEN=127.0.0.1:80", "STEADING__SERVER__TRUSTED_PROXIES=[\"10.0.0.0/8\"]"],
        ["STEADING__", "__", "LIMITS", "SERVER__", "=", "[]", "{}", "\"", "true"]
    ),
    target!(
        "backup",
        backup,
        [
            BACKUP,
            "a|b\nmanifest.json|{}\nmanifest.json.sha256|sum\n",
            "a@18446744073709551100|b\nmanifest.json|{}\nmanifest.json.sha256|sum\n"
        ],
        [
            "|",
            "@0|",
            "@9223372036854775807|",
            "\n",
            "sum",
            "\"parts\"",
            "\"bytes\"",
            "18446744073709551615",
            "-1",
            "steading.db.zst",
            "keys/",
            "../",
            "\"pieces\": []",
            "\"format\": 2",
            "null"
        ]
    ),
];

const CONFIG: &str = "[server]\nlisten = \"127.0.0.1:0\"\nmax_body = \"2 MiB\"\nheader_timeout = \"5s\"\n\
    trusted_proxies = [\"10.0.0.0/8\"]\n[limits]\nrates = false\n";

/// What lies in the file, a line for each part: its name, and what is in it.
const BACKUP: &str = "steading.db.zst|\nkeys/1.key|k\nmanifest.json|{\"format\": 1, \"contents\": {\"kind\": \"instance\"}, \
    \"madeAt\": \"2026-03-01T02:30:00.000Z\", \"version\": \"0.1.0\", \"schemaVersion\": 14, \"instance\": {\"publicUrl\": \"\", \
    \"publicKeys\": []}, \"database\": {\"bytes\": 0, \"sha256\": \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}, \
    \"parts\": [{\"name\": \"steading.db.zst\", \"bytes\": 0, \"sha256\": \"a\", \"pieces\": []}, {\"name\": \"keys/1.key\", \"bytes\": 1, \
    \"sha256\": \"b\", \"pieces\": [\"8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a\"]}]}\n\
    manifest.json.sha256|sum\n";

fn jwt(input: &[u8]) -> bool {
    text_of(input).is_some_and(tried::is_jwt)
}

fn keys(input: &[u8]) -> bool {
    match tried::keys_of(input) {
        Ok(count) => {
            assert!((1..=64).contains(&count));
            true
        }
        Err(why) => {
            assert!(why.len() > 10, "{why}");
            false
        }
    }
}

fn store_answer(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    let found = tried::texts(text, "Key");
    assert!(found.len() <= text.matches("<Key>").count());
    !found.is_empty()
}

fn retry_after(input: &[u8]) -> bool {
    let Some(value) = text_of(input).and_then(|text| text.parse().ok()) else { return false };
    let mut answer = Answer {
        status: 429,
        headers: Default::default(),
        body: Vec::new(),
        is_cut: false,
        elapsed: Duration::ZERO,
    };
    answer.headers.insert("retry-after", value);
    let Some(wait) = answer.retry_after(Timestamp::from_millis(1_772_353_800_000)) else { return false };
    assert!(!wait.is_zero() && wait <= Duration::from_hours(24), "{wait:?}");
    true
}

fn excerpt(input: &[u8]) -> bool {
    let kept = tried::excerpt(input);
    assert!(!kept.contains(char::is_control), "{kept:?}");
    assert!(!kept.contains(|one: char| ('\u{202a}'..='\u{202e}').contains(&one)), "{kept:?}");
    !kept.is_empty()
}

/// Whatever stands before it, an address that is a word of its own goes.
fn scrub(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    let text: String = text.chars().take(1_000).collect();
    let scrubbed = tried::scrub(&format!("{text} ada@secret.example "));
    assert!(!scrubbed.contains("ada@secret.example"), "{text:?} became {scrubbed:?}");
    true
}

/// What is called is written in one way, and no host in it is an address in disguise.
fn url(input: &[u8]) -> bool {
    let Some(text) = text_of(input) else { return false };
    match tried::url(text) {
        Ok(written) => {
            // What is escaped is longer than what was given, and the bound is on that.
            let again = tried::url(&written);
            assert!(again.as_ref() == Ok(&written) || written.len() > 4_096, "{written:?} became {again:?}");
            let rest = written.strip_prefix("https://").or_else(|| written.strip_prefix("http://"));
            assert!(rest.is_some_and(|rest| !rest.is_empty()), "{written}");
            true
        }
        Err(why) => {
            assert!(why.len() > 10, "{why}");
            false
        }
    }
}

/// By the standard library's own judgement as far as it has one.
fn public_address(input: &[u8]) -> bool {
    let Some(Ok(address)) = text_of(input).map(str::parse::<IpAddr>) else { return false };
    let is_ours = match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    let is_ours = is_ours || address.is_loopback() || address.is_multicast() || address.is_unspecified();
    let is_mapped = address.to_canonical() != address;
    assert!(!tried::is_public(address) || !is_ours && !is_mapped, "{address}");
    true
}

fn place() -> PathBuf {
    static PLACE: OnceLock<TempDir> = OnceLock::new();
    let dir = PLACE.get_or_init(|| TempDir::new().expect("a temporary directory"));
    dir.path().join("input")
}

fn config(input: &[u8]) -> bool {
    std::fs::write(place(), input).expect("it is written");
    match load(Some(&place()), []) {
        Ok(config) => {
            assert!(config.options_changed_in(&config.clone()).is_empty());
            true
        }
        Err(refusal) => {
            assert!(refusal.message().len() > 10, "{refusal:?}");
            false
        }
    }
}

fn config_variable(input: &[u8]) -> bool {
    let Some((name, value)) = text_of(input).and_then(|text| text.split_once('=')) else { return false };
    match load(None, [(name.to_owned(), value.to_owned())]) {
        Ok(_) => name.starts_with("STEADING__"),
        Err(refusal) => {
            assert!(refusal.message().len() > 10, "{refusal:?}");
            false
        }
    }
}

/// The parts that the lines tell of. Their headers are as the server writes them, but that one with `@` claims to be
/// that long.
fn backup(input: &[u8]) -> bool {
    let mut file = tar::Builder::new(File::create(place()).expect("a file"));
    let mut last = Vec::new();
    for line in input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(8) {
        let mut halves = line.splitn(2, |byte| *byte == b'|');
        let (name, content) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        let content = match content {
            b"sum" => format!("{}  manifest.json\n", hex(&Sha256::digest(&last))).into_bytes(),
            content => content.to_vec(),
        };
        let Some(name) = text_of(name) else { return false };
        let claimed = name.split_once('@').and_then(|(name, bytes)| Some((name, bytes.parse().ok()?)));
        let (name, bytes) = claimed.unwrap_or((name, content.len() as u64));
        let mut header = tar::Header::new_gnu();
        if header.set_path(name).is_err() {
            return false;
        }
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1_772_332_200);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        file.append(&header, &*content).expect("it is written");
        last = content;
    }
    file.into_inner().expect("it is written");
    let is_opened = Backup::open(&place()).is_ok();
    let verified =
        backups::verify(&place(), &AtomicBool::new(false), &mut |_, _| {}).expect("it is looked at");
    assert!(is_opened || !verified.problems.is_empty());
    assert!(verified.problems.iter().all(|problem| problem.len() > 10), "{:?}", verified.problems);
    is_opened
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

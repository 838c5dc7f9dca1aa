//! A store elsewhere: what is sent comes back, and what is refused is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;
use steading::base::Clock;
use steading::base::config::{Config, Secret};
use steading::kernel::backups::Store;
use tempfile::TempDir;

use super::{names_in, verified, workplace_with};
use crate::support::TestApp;

/// A store that holds what it gets, in parts and whole, by the few verbs that are spoken to it.
#[derive(Default)]
struct Shelf {
    objects: BTreeMap<String, Vec<u8>>,
    parts: BTreeMap<usize, Vec<u8>>,
    /// Answers of 503 before it works.
    busy: usize,
    trick: Option<Trick>,
    seen: Vec<String>,
}

/// What a store does that means harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trick {
    /// Each piece is empty, and there is always more.
    Nothing,
    /// There is a byte in each piece.
    Crumbs,
    /// What is there gets shorter than what was sent.
    Shrinks,
    /// Each page of a list leads to another.
    GoesOn,
    /// And has names of backups, too.
    GoesOnWithNames,
}

fn serve() -> (String, Arc<Mutex<Shelf>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let shelf = Arc::<Mutex<Shelf>>::default();
    let served = Arc::clone(&shelf);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shelf = Arc::clone(&served);
            thread::spawn(move || while answer(&stream, &shelf).is_some() {});
        }
    });
    (url, shelf)
}

/// Answers one request; nothing when there is none.
fn answer(stream: &TcpStream, shelf: &Mutex<Shelf>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, extra, reply) = shelf.lock().expect("the shelf").take(&line, &headers, body);
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{extra}\r\n", reply.len());
    let mut stream = stream;
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&reply)).ok()
}

impl Shelf {
    fn take(
        &mut self,
        line: &str,
        headers: &BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> (u16, String, Vec<u8>) {
        let words: Vec<&str> = line.split(' ').collect();
        let (path, query) = words[1].split_once('?').unwrap_or((words[1], ""));
        self.seen.push(format!("{} {}", words[0], words[1]));
        if self.busy > 0 {
            self.busy -= 1;
            return (503, String::new(), b"<Error><Code>SlowDown</Code></Error>".to_vec());
        }
        let signed = headers.get("authorization").is_some_and(|text| text.contains("Credential=id/"));
        if !signed {
            return (
                403,
                String::new(),
                b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_vec(),
            );
        }
        if let Some(trick) = self.trick.filter(|_| words[0] == "GET") {
            return trick.answer(self.seen.len());
        }
        let key = path.trim_start_matches("/bucket/").to_owned();
        let number = || query.split('&').find_map(|pair| pair.strip_prefix("partNumber=")?.parse().ok());
        match (words[0], query) {
            ("POST", "uploads=") => (200, String::new(), b"<a><UploadId>u&amp;1</UploadId></a>".to_vec()),
            ("PUT", "") => self.keep(key, body),
            ("PUT", _) => {
                let number = number().expect("a part's number");
                self.parts.insert(number, body);
                (200, format!("etag: \"{number}\"\r\n"), Vec::new())
            }
            ("POST", _) => {
                let whole = std::mem::take(&mut self.parts).into_values().flatten().collect();
                self.keep(key, whole)
            }
            ("DELETE", _) => {
                self.objects.remove(&key);
                (204, String::new(), Vec::new())
            }
            ("GET", "") => self.range(&key, &headers["range"]),
            _ => {
                let keys: String = self.objects.keys().map(|key| format!("<Key>{key}</Key>")).collect();
                (200, String::new(), keys.into_bytes())
            }
        }
    }

    fn turn_bad(&mut self, trick: Trick) {
        self.trick = Some(trick);
        self.seen.clear();
    }

    fn keep(&mut self, key: String, body: Vec<u8>) -> (u16, String, Vec<u8>) {
        self.objects.insert(key, body);
        (200, String::new(), Vec::new())
    }

    fn range(&self, key: &str, range: &str) -> (u16, String, Vec<u8>) {
        let Some(object) = self.objects.get(key) else {
            return (404, String::new(), b"<Error><Code>NoSuchKey</Code></Error>".to_vec());
        };
        let (from, to) = range.trim_start_matches("bytes=").split_once('-').expect("a range");
        let (from, to): (usize, usize) = (from.parse().expect("from"), to.parse().expect("to"));
        let end = object.len().min(to + 1);
        let extra = format!("content-range: bytes {from}-{}/{}\r\n", end - 1, object.len());
        (206, extra, object[from..end].to_vec())
    }
}

impl Trick {
    fn answer(self, nth: usize) -> (u16, String, Vec<u8>) {
        let piece =
            |bytes: usize, all: usize| (206, format!("content-range: bytes 0-0/{all}\r\n"), vec![0; bytes]);
        let page = |names: usize| {
            let name = "<Key>desk/steading-2026-01-01T00-00-00-000Z.tar</Key>";
            let next = format!("<NextContinuationToken>{nth}</NextContinuationToken>");
            (200, String::new(), (name.repeat(names) + &next).into_bytes())
        };
        match self {
            Self::Nothing => piece(0, 20 << 20),
            Self::Crumbs => piece(1, 20 << 20),
            Self::Shrinks if nth == 1 => piece(8 << 20, 20 << 20),
            Self::Shrinks => piece(8 << 20, 1 << 20),
            Self::GoesOn => page(0),
            Self::GoesOnWithNames => page(1_000),
        }
    }
}

fn at(config: &mut Config, url: &str) {
    let backup = &mut config.backup;
    backup.s3_endpoint = url.into();
    backup.s3_bucket = "bucket".into();
    backup.s3_prefix = "desk/".into();
    backup.s3_access_key = "id".into();
    backup.s3_secret_key = Secret::of("hush-hush");
}

#[actix_web::test]
async fn a_backup_goes_to_the_store_and_comes_back_as_it_was() {
    let (url, shelf) = serve();
    let app = TestApp::start_with(|config| at(config, &url)).await;
    let (_, root) = app.instance_owner("root@example.org").await;
    root.post("/api/backups", json!({})).await.expect(202);
    app.run_jobs().await;
    let listed = root.get("/api/backups").await.expect(200).data();
    assert_eq!(
        (&listed["runs"][0]["jobName"], &listed["runs"][0]["state"]),
        (&json!("backups.send"), &json!("done"))
    );
    let elsewhere = TempDir::new().expect("a temporary directory");
    let place = workplace_with(elsewhere.path(), |config| at(config, &url));
    let store = Store::open(&place.config, Clock::System).expect("it opens").expect("it is configured");
    let names = store.list().await.expect("a list");
    assert_eq!(json!(names[0]), listed["backups"][0]["name"]);
    store.fetch(&names[0], &place, |_, _| {}).await.expect("it comes back");
    assert_eq!(names_in(&place), [names[0].to_string()]);
    let path = place.data.backups().join(names[0].to_string());
    assert_eq!(verified(&path).problems, Vec::<String>::new());
    store.delete(&names[0]).await.expect("it goes");
    assert!(shelf.lock().expect("the shelf").objects.is_empty());
    store.fetch(&names[0], &place, |_, _| {}).await.expect_err("it is gone");
}

#[actix_web::test]
async fn a_large_one_goes_in_parts() {
    let (url, shelf) = serve();
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace_with(dir.path(), |config| at(config, &url));
    let store = Store::open(&place.config, Clock::System).expect("it opens").expect("it is configured");
    let name = "steading-2026-01-01T00-00-00-000Z.tar".parse().expect("a name");
    let bytes: Vec<u8> = (0..20 << 20).map(|at: u32| (at >> 3) as u8).collect();
    let file = dir.path().join("large");
    std::fs::write(&file, &bytes).expect("a large file");
    store.put(&file, &name, |_, _| {}).await.expect("it is sent");
    assert_eq!(shelf.lock().expect("the shelf").objects["desk/steading-2026-01-01T00-00-00-000Z.tar"], bytes);
    store.fetch(&name, &place, |_, _| {}).await.expect("it comes back");
    assert_eq!(std::fs::read(place.data.backups().join(name.to_string())).expect("the file"), bytes);
    let parts =
        shelf.lock().expect("the shelf").seen.iter().filter(|seen| seen.contains("partNumber")).count();
    assert_eq!(parts, 3);
}

#[actix_web::test]
async fn a_store_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let (url, shelf) = serve();
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace_with(dir.path(), |config| at(config, &url));
    let store = Store::open(&place.config, Clock::System).expect("it opens").expect("it is configured");
    shelf.lock().expect("the shelf").busy = 1;
    assert_eq!(store.list().await.expect("a list"), []);
    let place = workplace_with(dir.path(), |config| {
        at(config, &url);
        config.backup.s3_access_key = "nobody".into();
    });
    let store = Store::open(&place.config, Clock::System).expect("it opens").expect("it is configured");
    shelf.lock().expect("the shelf").seen.clear();
    let refused = store.list().await.expect_err("a stranger");
    assert!(refused.message().contains("403 AccessDenied no"), "{refused}");
    assert_eq!(shelf.lock().expect("the shelf").seen.len(), 1);
}

#[test]
fn the_secret_is_not_shown_and_what_is_missing_is_said() {
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace_with(dir.path(), |config| at(config, "http://127.0.0.1:1"));
    assert!(!format!("{:?}", place.config).contains("hush"));
    let mut config = place.config;
    config.backup.s3_bucket = String::new();
    let refused = Store::open(&config, Clock::System).err().expect("no bucket");
    assert!(refused.message().contains("s3_bucket"), "{refused}");
}

#[actix_web::test]
async fn a_store_that_means_harm_is_asked_a_bounded_number_of_times() {
    let (url, shelf) = serve();
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace_with(dir.path(), |config| at(config, &url));
    let store = Store::open(&place.config, Clock::System).expect("it opens").expect("it is configured");
    let name = "steading-2026-01-01T00-00-00-000Z.tar".parse().expect("a name");
    for (trick, calls, said) in [
        (Trick::Nothing, 1, "another part"),
        (Trick::Crumbs, 1, "another part"),
        (Trick::Shrinks, 2, "changed the length"),
        (Trick::GoesOn, 100, "too much"),
        (Trick::GoesOnWithNames, 11, "too much"),
    ] {
        shelf.lock().expect("the shelf").turn_bad(trick);
        let refused = match trick {
            Trick::GoesOn | Trick::GoesOnWithNames => store.list().await.map(drop),
            _ => store.fetch(&name, &place, |_, _| {}).await,
        };
        let refused = refused.expect_err("it is no good store");
        assert!(refused.message().contains(said), "{trick:?}: {refused}");
        assert_eq!(shelf.lock().expect("the shelf").seen.len(), calls, "{trick:?}");
        assert_eq!(names_in(&place), Vec::<String>::new(), "{trick:?} leaves nothing behind");
    }
}

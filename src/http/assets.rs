//! The files of the front end, built into the binary; debug builds read them from `static/`.
//!
//! Every file lies under a path with the hash of all of them, so that a browser keeps it for good
//! and never mixes two versions; the one page that names the hash is asked for anew each time.
//! Scripts and styles are sent without what only people read, and the styles as one file.

#[doc(hidden)]
pub mod strip;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::encoding::{self, Coding, Effort};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// Nothing from elsewhere, no inline script or style, no markup from strings, in no frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'self'; object-src 'none'; require-trusted-types-for 'script'";

/// What paths of the dashboard begin with; `static/routes.js` says which page each shows.
const PAGES: &[&str] = &["t", "instance", "me", "setup", "sign-in"];

/// The page that shows every other.
const SHELL: &str = "index.html";

/// What the styles are sent as, and what they are, in the order in which they count.
const STYLES: (&str, [&str; 6]) = (
    "style.css",
    [
        "style/tokens.css",
        "style/base.css",
        "style/shell.css",
        "style/parts.css",
        "style/drawings.css",
        "style/telemetry.css",
    ],
);

const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// What was compressed, by its hash and coding; nothing where that did not make it smaller.
type Packed = HashMap<(String, Coding), Option<Vec<u8>>>;

static PACKED: LazyLock<Mutex<Packed>> = LazyLock::new(Mutex::default);

static VERSION: LazyLock<String> = LazyLock::new(hash_of_all);

/// The file or page under this path, for GET and HEAD.
pub fn find(request: &HttpRequest) -> Option<HttpResponse> {
    if !matches!(request.method().as_str(), "GET" | "HEAD") {
        return None;
    }
    let path = request.path().strip_prefix('/')?;
    if path.is_empty() {
        return Some(shell(request));
    }
    // Debug builds look on the disk, where a path could wander.
    if path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return None;
    }
    let (root, rest) = path.split_once('/').unwrap_or((path, ""));
    match root {
        "assets" => asset(request, rest),
        page if PAGES.contains(&page) => Some(shell(request)),
        _ => None,
    }
}

fn shell(request: &HttpRequest) -> HttpResponse {
    let page = Static::get(SHELL).map(|file| String::from_utf8_lossy(&file.data).into_owned());
    let page = page.unwrap_or_default().replace("/assets/version/", &format!("/assets/{}/", version()));
    let tag = hex(&Sha256::digest(page.as_bytes()));
    respond(request, SHELL, page.into_bytes(), &tag, "no-cache")
}

fn asset(request: &HttpRequest, path: &str) -> Option<HttpResponse> {
    let (version, path) = path.split_once('/')?;
    // A page of an older server asks for files that are not there any more: it has to load itself anew.
    let is_current = version == *VERSION;
    if path == SHELL || !is_current && !cfg!(debug_assertions) {
        return None;
    }
    let file = read(path)?;
    let tag = hex(&Sha256::digest(&file));
    let caching = if cfg!(debug_assertions) { "no-cache" } else { FOR_GOOD };
    Some(respond(request, path, file, &tag, caching))
}

/// A file as it is sent.
fn read(path: &str) -> Option<Vec<u8>> {
    let (name, parts) = STYLES;
    if path == name {
        let parts: Option<Vec<_>> = parts.into_iter().map(read).collect();
        return Some(parts?.concat());
    }
    let data = Static::get(path)?.data;
    Some(match std::str::from_utf8(&data) {
        Ok(text) => strip::strip(path, text).into_bytes(),
        Err(_) => data.into_owned(),
    })
}

fn respond(
    request: &HttpRequest,
    path: &str,
    body: Vec<u8>,
    hash: &str,
    caching: &'static str,
) -> HttpResponse {
    // Weak: the same file goes out in several codings.
    let tag = format!("W/\"{hash}\"");
    let mut response = if is_known(request, &tag) {
        HttpResponse::NotModified().finish()
    } else {
        let (body, coding) = packed(request, body, hash);
        let mut response = HttpResponse::Ok().content_type(media_type(path)).body(body);
        if let Some(coding) = coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// The body as it goes out. What does not change is compressed once, and well.
fn packed(request: &HttpRequest, body: Vec<u8>, hash: &str) -> (Vec<u8>, Option<&'static str>) {
    if cfg!(debug_assertions) {
        return encoding::encode(request, body);
    }
    let Some(coding) = encoding::choose(request, &body, Effort::Thorough) else { return (body, None) };
    let mut kept = PACKED.lock().unwrap_or_else(PoisonError::into_inner);
    let packed = kept
        .entry((hash.to_owned(), coding))
        .or_insert_with(|| encoding::pack(coding, &body, Effort::Thorough));
    match packed {
        Some(packed) => (packed.clone(), Some(coding.name())),
        None => (body, None),
    }
}

/// The hash of all files; a debug build looks anew, as they change while it runs.
fn version() -> String {
    if cfg!(debug_assertions) { hash_of_all() } else { VERSION.clone() }
}

fn hash_of_all() -> String {
    let mut names: Vec<_> = Static::iter().collect();
    names.sort();
    let mut all = Sha256::new();
    // Another build may send the same files in another way.
    all.update(env!("CARGO_PKG_VERSION"));
    for name in names {
        let Some(file) = Static::get(&name) else { continue };
        all.update(name.as_bytes());
        all.update(file.metadata.sha256_hash());
    }
    hex(&all.finalize())
}

fn hex(hash: &[u8]) -> String {
    hash.iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing into a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag))
}

fn media_type(path: &str) -> String {
    let guessed = mime_guess::from_path(path).first_or_octet_stream();
    if guessed.type_() == "text" { format!("{guessed}; charset=utf-8") } else { guessed.to_string() }
}

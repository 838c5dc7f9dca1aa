//! The files of the front end, built into the binary; debug builds read them from `static/`.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;

use super::encoding;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// Nothing from elsewhere, no inline script or style, in no frame.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// The file under this path, for GET and HEAD.
pub fn find(request: &HttpRequest) -> Option<HttpResponse> {
    if !matches!(request.method().as_str(), "GET" | "HEAD") {
        return None;
    }
    let path = match request.path() {
        "/" => "index.html",
        path => path.strip_prefix('/')?,
    };
    // Debug builds look on the disk, where a path could wander.
    if path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return None;
    }
    // A page is reached without its ending.
    let page = format!("{path}.html");
    let path = if Static::get(path).is_none() { page.as_str() } else { path };
    let file = Static::get(path)?;
    let tag = hash_of(&file);
    let mut response = if is_known(request, &tag) {
        HttpResponse::NotModified().finish()
    } else {
        let (body, coding) = encoding::encode(request, file.data.into_owned());
        let mut response = HttpResponse::Ok().content_type(media_type(path)).body(body);
        if let Some(coding) = coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Some(response)
}

fn hash_of(file: &rust_embed::EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    // Weak: the same file goes out in several codings.
    format!("W/\"{hex}\"")
}

fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag))
}

fn media_type(path: &str) -> String {
    let guessed = mime_guess::from_path(path).first_or_octet_stream();
    if guessed.type_() == "text" { format!("{guessed}; charset=utf-8") } else { guessed.to_string() }
}

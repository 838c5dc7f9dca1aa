//! From which page a browser asks. It sends its cookies whoever made it ask, so what changes something is taken from
//! pages of this server only.

use actix_web::HttpRequest;

use super::app::App;
use super::route::Method;
use crate::base::{Error, Kind, Result};

/// Refuses a change that another page made a browser ask for. A program sends neither of the headers that tell, and a
/// token is sent by nobody who was not given it.
pub(super) fn must_not_be_lured(request: &HttpRequest, app: &App) -> Result<()> {
    let headers = request.headers();
    let is_of_a_browser = headers.contains_key("origin") || headers.contains_key("sec-fetch-site");
    if !changes(request) || !is_of_a_browser || headers.contains_key("authorization") {
        return Ok(());
    }
    must_be_own(request, app)
}

/// Refuses what a browser asks with its cookie, unless it is known to ask for a page of this server.
pub(super) fn must_be_of_own_page(request: &HttpRequest, app: &App) -> Result<()> {
    match changes(request) {
        true => must_be_own(request, app),
        false => Ok(()),
    }
}

fn changes(request: &HttpRequest) -> bool {
    Method::of(request.method().as_str()) != Some(Method::GET)
}

fn must_be_own(request: &HttpRequest, app: &App) -> Result<()> {
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let server = &app.config.server;
    let is_own = is_own(
        text("origin"),
        text("sec-fetch-site"),
        text("host").unwrap_or_default(),
        &server.public_url,
        server.is_https(),
    );
    match is_own {
        true => Ok(()),
        false => Err(Error::new(
            Kind::Forbidden,
            "What a browser changes must be asked for by a page of this server; send a token instead.",
        )),
    }
}

/// Whether the page lies at the address under which people reach this server, or at the one that was asked.
pub(super) fn is_own(
    origin: Option<&str>,
    site: Option<&str>,
    host: &str,
    public_url: &str,
    is_https: bool,
) -> bool {
    let Some(origin) = origin else { return false };
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    if !public_url.is_empty() && origin.eq_ignore_ascii_case(public_url.trim_end_matches('/')) {
        return true;
    }
    // Where people come over https, a page that came in the clear may be anybody's.
    let named = match origin.split_once("://") {
        Some(("https", named)) => named,
        Some(("http", named)) if !is_https => named,
        _ => return false,
    };
    !host.is_empty() && named.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn only_a_page_of_this_server_is_own() {
        let host = "desk.example.org:7070";
        let own = |origin, site| is_own(origin, site, host, "", false);
        assert!(own(Some("http://desk.example.org:7070"), None));
        assert!(own(Some("https://DESK.example.org:7070"), Some("same-origin")));
        for origin in [
            None,
            Some(""),
            Some("null"),
            Some("?"),
            Some("desk.example.org:7070"),
            Some("http://desk.example.org"),
            Some("http://desk.example.org:7070.evil.example"),
            Some("http://evil.example/desk.example.org:7070"),
            Some("http://evil.example@desk.example.org:7070"),
            Some("ftp://desk.example.org:7070"),
        ] {
            assert!(!own(origin, None), "{origin:?}");
        }
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!own(Some("http://desk.example.org:7070"), Some(site)), "{site}");
        }
    }

    #[test]
    fn behind_https_a_page_in_the_clear_is_a_strangers() {
        let own = |origin, host| is_own(Some(origin), None, host, "https://desk.example.org/", true);
        assert!(own("https://desk.example.org", "10.0.0.5:7070"));
        assert!(own("https://desk.example.org", "desk.example.org"));
        assert!(own("https://acme.example", "acme.example"));
        assert!(!own("http://desk.example.org", "desk.example.org"));
        assert!(!own("https://evil.example", "desk.example.org"));
    }

    #[test]
    fn no_host_is_no_page() {
        assert!(!is_own(Some("http://"), None, "", "", false));
    }
}

//! Why a call came to nothing, each as a sentence that says what to do.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::base::Error;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The URL is none that this server calls.
    BadUrl(&'static str),
    /// A header that only the client itself writes, or what is none.
    BadHeader(String),
    /// The host, with its port, is or leads to what is not a public address.
    Refused { destination: String, is: &'static str },
    /// The name has no address.
    NotFound { host: String },
    /// Nobody accepts connections there.
    NotConnected { destination: String },
    /// Who answers has no certificate that can be trusted.
    NotTrusted { why: String },
    /// What answers does not speak TLS, or in no way that this server does.
    NotSecure { why: String },
    /// What came back is not HTTP, has headers that are too large, or broke off.
    Broken { why: String },
    /// A redirect that leads nowhere, in a circle, or from https to http.
    BadRedirect(&'static str),
    /// It took longer than it may.
    TimedOut(During),
    /// Too many other calls were under way all the time, so it was not made.
    Busy,
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// Finding the address, connecting, and agreeing on keys.
    Connecting,
    /// Sending, and waiting for the answer.
    Answering,
    Reading,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl(why) => write!(f, "This URL can't be called: {why}."),
            Self::BadHeader(name) => write!(f, "The header {name} can't be sent; leave it out."),
            // The address itself is not told: tenants must not learn what names are inside.
            Self::Refused { destination, is } => write!(
                f,
                "{destination} is refused: it is {is}, and this server calls public addresses only. To \
                 allow it, add \"{destination}\" to outbound.allow in the server's configuration."
            ),
            Self::NotFound { host } => write!(f, "The name {host} has no address; check how it is written."),
            Self::NotConnected { destination } => {
                write!(f, "Nobody accepts connections at {destination}; check that it runs.")
            }
            Self::NotTrusted { why } => write!(
                f,
                "The certificate is not trusted ({why}); when your own authority signed it, name its file \
                 in outbound.ca_file of the server's configuration."
            ),
            Self::NotSecure { why } => {
                write!(f, "No https connection could be made ({why}); check that https is spoken there.")
            }
            Self::Broken { why } => write!(f, "The answer can't be read ({why}); check what answers there."),
            Self::BadRedirect(why) => write!(f, "The answer leads elsewhere and {why}; write the final URL."),
            Self::TimedOut(during) => f.write_str(match during {
                During::Connecting => "Connecting took too long; check that it runs and is reachable.",
                During::Answering => {
                    "The connection stood and no answer came in time; see why it takes so long."
                }
                During::Reading => "The answer began and did not end in time; see why it takes so long.",
            }),
            Self::Busy => f.write_str(
                "Too many other calls were under way, so it was not made; try again, or raise \
                 outbound.max_calls in the server's configuration.",
            ),
        }
    }
}

impl StdError for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::unavailable(failure.to_string())
    }
}

impl Failure {
    /// What lies at the bottom of an error of the HTTP library.
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Self {
        if let Some(own) = find::<Self>(error) {
            return own.clone();
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            let why = tls.to_string();
            return match tls {
                rustls::Error::InvalidCertificate(_) => Self::NotTrusted { why },
                _ => Self::NotSecure { why },
            };
        }
        let http = find::<hyper::Error>(error).map(hyper::Error::to_string);
        Self::Broken { why: http.unwrap_or_else(|| error.to_string()) }
    }
}

/// The first error of this type among the causes of one.
fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    // An I/O error hides the one that it was made of from the chain of causes.
    let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let next = within.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    next.and_then(find)
}

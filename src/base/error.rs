//! The one error type: what went wrong in the caller's terms, in a sentence that says what to do.
//!
//! A cause from a library below is kept for the log and never shown to a caller.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is. `http::failure` gives each its code and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    BadRequest,
    ValidationFailed,
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    /// Another process has what this one needs for itself. Commands end with it; no reply has it.
    InUse,
    PayloadTooLarge,
    UnsupportedMediaType,
    RateLimited,
    StorageFull,
    Internal,
    Unavailable,
}

/// One wrong place in the input: where, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Detail {
    /// Where, as `dueAt` or `items[3].title`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

/// A failure, boxed so that a `Result` stays small.
#[derive(Debug)]
pub struct Error(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: Kind,
    message: Cow<'static, str>,
    details: Vec<Detail>,
    retry_after: Option<Duration>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure of this kind with a sentence that says what to do.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
            cause: None,
        }))
    }

    /// The input is well formed and still wrong at one place.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid_at(vec![Detail { path: path.into(), message: message.into() }])
    }

    /// The input is well formed and still wrong at these places.
    pub fn invalid_at(details: Vec<Detail>) -> Self {
        Self::new(Kind::ValidationFailed, "The input is not valid; see details for what to change.")
            .with_details(details)
    }

    /// What was asked for does not exist, or belongs to somebody else: the answer is the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what} here; check the id."))
    }

    /// The state of things does not allow it.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// Something in the server is wrong. The cause is logged; the caller gets the trace id.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(
            Kind::Internal,
            "Something went wrong in the server; the log has the cause under this trace id.",
        )
        .caused_by(cause)
    }

    /// The server can't do it now; trying again later may help.
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(Kind::Unavailable, message);
        error.0.retry_after = Some(Duration::from_secs(1));
        error
    }

    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    pub fn with_details(mut self, details: Vec<Detail>) -> Self {
        self.0.details = details;
        self
    }

    /// The error of one of many, with the place among them in the path of what is wrong.
    pub fn within(mut self, list: &str, place: usize) -> Self {
        for detail in &mut self.0.details {
            detail.path = format!("{list}[{place}].{}", detail.path);
        }
        self
    }

    /// Says when trying again makes sense.
    pub fn retry_in(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn details(&self) -> &[Detail] {
        &self.0.details
    }

    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for detail in &self.0.details {
            write!(f, " {}: {}", detail.path, detail.message)?;
        }
        if let Some(cause) = &self.0.cause {
            write!(f, " Cause: {cause}")?;
        }
        Ok(())
    }
}

impl StdError for Error {}

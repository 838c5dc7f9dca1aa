//! What came of an attempt, and what that means for the next.

use std::time::Duration;

use super::excerpt::{LONGEST, excerpt, sentence};
use crate::base::Timestamp;
use crate::kernel::outbound::{Answer, Failure};

/// What an attempt means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it: any 2xx.
    Delivered,
    /// The receiver wants no more, ever: 410.
    Gone,
    /// The receiver is busy, 429 or 503, and may have said for how long.
    Later(Option<Duration>),
    /// Anything else.
    Failed,
    /// Nothing was sent, as this server makes too many calls already. It says nothing about the
    /// receiver and must not be held against it.
    Unsent,
}

/// One attempt, as it is told to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub verdict: Verdict,
    /// None when nobody answered.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub excerpt: String,
    /// Whether the answer was longer, or broke off.
    pub is_cut: bool,
    /// From the call's turn to the end of the answer.
    pub elapsed: Duration,
    /// What happened and what to do, unless it is delivered.
    pub error: Option<String>,
}

impl Sent {
    pub(super) fn answered(answer: &Answer, now: Timestamp) -> Self {
        let verdict = match answer.status {
            200..=299 => Verdict::Delivered,
            410 => Verdict::Gone,
            429 | 503 => Verdict::Later(answer.retry_after(now)),
            _ => Verdict::Failed,
        };
        Self {
            verdict,
            status: Some(answer.status),
            excerpt: excerpt(&answer.body),
            is_cut: answer.is_cut || answer.body.len() > LONGEST,
            elapsed: answer.elapsed,
            error: (verdict != Verdict::Delivered).then(|| sentence(&explain(answer, verdict))),
        }
    }

    pub(super) fn failed(failure: &Failure, elapsed: Duration) -> Self {
        Self {
            verdict: Verdict::Failed,
            status: None,
            excerpt: String::new(),
            is_cut: false,
            elapsed,
            error: Some(sentence(&failure.to_string())),
        }
    }

    pub(super) fn unsent(failure: &Failure) -> Self {
        Self { verdict: Verdict::Unsent, ..Self::failed(failure, Duration::ZERO) }
    }
}

fn explain(answer: &Answer, verdict: Verdict) -> String {
    let status = answer.status;
    let meaning = match (verdict, status) {
        (Verdict::Gone, _) => "it wants no more messages".into(),
        (Verdict::Later(Some(wait)), _) => {
            format!("it is busy and asks to wait for {} seconds", wait.as_secs().max(1))
        }
        (Verdict::Later(None), _) => "it is busy".into(),
        (_, 300..=399) => {
            let place = answer.header("location").unwrap_or("nowhere");
            format!(
                "it leads elsewhere, and redirects are not followed; write the final URL. It leads to {place}"
            )
        }
        (_, 401 | 403) => "it does not let the message in; check its URL and its secret".into(),
        (_, 404 | 405) => "it takes no messages at this URL; check how it is written".into(),
        (_, 400..=499) => "it refuses the message; its answer may say why".into(),
        (_, 500..=599) => "something is wrong in it; its own log should say what".into(),
        _ => "that means nothing here; it should answer 2xx".into(),
    };
    format!("The receiver answered {status}: {meaning}.")
}

//! Tokens: what it costs to know whom a request comes from and whether his token allows it, when the
//! token was seen before and when it was not.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::desk::Desk;
use super::stats::{Times, times_of};
use crate::base::{Error, Result, Timestamp};
use crate::kernel::identity::{Ask, Narrowing, Tokens, narrow};

/// Different tokens of one kind: fewer than are kept once they were verified.
const VARIETY: usize = 200;

/// How often the token that is refused was narrowed: as often as is allowed.
const OFTEN: usize = 4;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    pub token: &'static str,
    /// Seen before.
    pub warm: Times,
    /// Seen for the first time.
    pub cold: Times,
}

pub const WHOLE: &str = "as it was made";
pub const NARROWED: &str = "narrowed";
pub const REFUSED: &str = "narrowed often and damaged";

/// Checks tokens as each request does, one at a time.
pub fn measure(desk: &Desk, keys: &Path, span: Duration) -> Result<Vec<Cell>> {
    let whole = (0..VARIETY).map(|_| desk.token()).collect::<Result<Vec<_>>>()?;
    let once = |token: &String| narrow(token, &narrowing(desk));
    let narrowed = whole.iter().map(once).collect::<Result<Vec<_>>>()?;
    let often = narrowed.iter().map(|token| (1..OFTEN).try_fold(token.clone(), |held, _| once(&held)));
    let damaged = often.map(|token| token.map(damaged)).collect::<Result<Vec<_>>>()?;
    [(WHOLE, whole, true), (NARROWED, narrowed, true), (REFUSED, damaged, false)]
        .into_iter()
        .map(|(token, held, is_good)| {
            let mut known = Tokens::open(keys)?;
            // The first round fills the cache; it does not count.
            round(&known, desk, &held, is_good, &mut Vec::new())?;
            let (mut warm, mut cold) = (Vec::new(), Vec::new());
            let end = Instant::now() + span;
            while Instant::now() < end || cold.is_empty() {
                round(&known, desk, &held, is_good, &mut warm)?;
                known = Tokens::open(keys)?;
                round(&known, desk, &held, is_good, &mut cold)?;
            }
            Ok(Cell { token, warm: times_of(warm), cold: times_of(cold) })
        })
        .collect()
}

/// Damaged at its end, which is found after everything before it was verified.
fn damaged(token: String) -> String {
    let (before, end) = token.split_at(token.len() - 10);
    let other = if end.starts_with('A') { 'B' } else { 'A' };
    format!("{before}{other}{}", &end[1..])
}

/// As people narrow: what may be done, where, and until when.
fn narrowing(desk: &Desk) -> Narrowing {
    Narrowing {
        operations: vec!["requests:read".into()],
        resources: vec!["requests/*".into()],
        until: Some(desk.kernel.clock.now() + Duration::from_hours(1)),
        ..Narrowing::default()
    }
}

fn round(
    tokens: &Tokens,
    desk: &Desk,
    held: &[String],
    is_good: bool,
    taken: &mut Vec<Duration>,
) -> Result<()> {
    let now: Timestamp = desk.kernel.clock.now();
    let tenant = &desk.tenants[0];
    let ask = Ask { tenant, operation: "requests:read", resource: "requests/1", method: "GET", now };
    for token in held {
        let began = Instant::now();
        let verdict = tokens.verify(token, now).and_then(|verified| verified.allows(&ask));
        taken.push(began.elapsed());
        // A fast wrong answer would be no figure.
        if verdict.is_ok() != is_good {
            return Err(Error::internal("a token that is measured was judged wrongly"));
        }
    }
    Ok(())
}

//! Why requests failed. A span tells what the caller was told, that something went wrong; the cause is in the
//! line that the front logged just before.

use std::collections::VecDeque;

use crate::kernel::telemetry::{Level, Line, Span, SpanId};

/// Causes that are remembered until their request is told; both come shortly after one another.
const MOST: usize = 256;

/// The module that logs each failed request.
const FRONT: &str = "::front";

#[derive(Default)]
pub(super) struct Causes(VecDeque<(SpanId, String)>);

impl Causes {
    /// Remembers what a line says of its request. False when it says nothing of the kind.
    pub(super) fn note(&mut self, line: &Line) -> bool {
        let span = line.span.filter(|_| line.level == Level::Error && line.target.ends_with(FRONT));
        let Some(span) = span else { return false };
        if let Some((_, error)) = line.fields.iter().find(|(name, _)| *name == "error") {
            let error = error.to_string();
            let cause = error.split_once("Cause: ").map_or(error.as_str(), |(_, cause)| cause);
            self.0.truncate(MOST - 1);
            self.0.push_front((span, cause.to_owned()));
        }
        true
    }

    pub(super) fn take(&mut self, span: &Span) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| *known == span.id)?;
        self.0.remove(at).map(|(_, cause)| cause)
    }
}

//! Following the log: lines as they are written, to those who listen. One that falls behind is told so;
//! nothing is kept for it.

use std::sync::Arc;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::Telemetry;
use super::keeper::Told;
use super::look::Viewer;
use super::model::Level;
use super::shown::ShownLine;
use crate::base::{Error, Result};

/// Lines that one who listens may be behind.
pub(super) const BACKLOG: usize = 512;

/// Those who may listen.
const MOST: usize = 50;

/// What is heard.
#[derive(Debug)]
pub enum Heard {
    Line(ShownLine),
    /// Some were missed: read the list anew.
    Missed,
}

/// Which lines to follow.
#[derive(Debug, Clone, Default)]
pub struct TailFilter {
    pub level: Option<Level>,
    pub text: Option<String>,
}

impl TailFilter {
    fn wants(&self, line: &ShownLine) -> bool {
        let has = |text: &String| line.message.to_lowercase().contains(&text.to_lowercase());
        self.level.is_none_or(|level| line.level >= level) && self.text.as_ref().is_none_or(has)
    }
}

pub struct Tail {
    lines: Receiver<Told>,
    viewer: Viewer,
    filter: TailFilter,
}

impl Tail {
    pub fn begin(telemetry: &Telemetry, viewer: Viewer, filter: TailFilter) -> Result<Self> {
        if telemetry.tail().receiver_count() >= MOST {
            return Err(Error::unavailable("Too many follow the log already; close a page and try again."));
        }
        Ok(Self { lines: telemetry.tail().subscribe(), viewer, filter })
    }

    /// What is heard next, when there is something; nothing more once the instance has stopped.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            match self.lines.recv().await {
                Ok(told) => {
                    if self.viewer.sees(told.tenant) && self.filter.wants(&told.line) {
                        let line = Arc::unwrap_or_clone(told.line);
                        return Some(Heard::Line(self.viewer.shown(line)));
                    }
                }
                Err(RecvError::Lagged(_)) => return Some(Heard::Missed),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

//! The keeper of telemetry.db: the one who writes it. It keeps to the file's size and age, and makes a
//! new one when this one is deleted or damaged; what was lost by that is only telemetry.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::broadcast;

use super::errors::error_of;
use super::figures::Counters;
use super::model::{Line, Moment, Span, TenantTag};
use super::shown::ShownLine;
use super::sink::{Batch, Sink};
use super::store;
use crate::base::db::TenantNo;
use crate::base::db::side_file::{self, Found, Shape, SideFile, means_damage};
use crate::base::{Clock, Result};
use crate::kernel::TraceId;

const SCHEMA: &str = include_str!("schema.sql");
pub(super) const VERSION: i64 = 1;

/// How full the file may be, and how full it is after the oldest has gone.
const FULL: f64 = 0.9;
const LEAN: f64 = 0.8;

/// The part of its time that goes at once, and how often at most.
const CUT: i64 = 16;
const MOST_CUTS: usize = 200;

/// How often what is too old is looked for.
const AGED_EVERY: Duration = Duration::from_secs(60);

/// How often it is said at most that nothing can be written: on a full disk a small batch finds room now and then.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// A line that was written, and whose it is.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub tenant: Option<TenantNo>,
    pub line: Arc<ShownLine>,
}

pub(super) struct Keeper {
    path: PathBuf,
    shape: Shape,
    keep: Duration,
    clock: Clock,
    counters: Arc<Counters>,
    tail: broadcast::Sender<Told>,
    /// Set by whoever reads a damaged page.
    is_damaged: Arc<AtomicBool>,
    file: Option<SideFile>,
    last_line: i64,
    aged_at: Option<Moment>,
    /// Whether the last that was said of it is that it can't be written, and when that was said.
    is_told: bool,
    told_at: Option<Duration>,
    /// Tenants that are gone: what comes late of them stays out.
    forgotten: HashSet<TenantNo>,
}

impl Keeper {
    pub(super) fn new(
        path: PathBuf,
        (largest, keep): (u64, Duration),
        clock: Clock,
        counters: Arc<Counters>,
        tail: broadcast::Sender<Told>,
        is_damaged: Arc<AtomicBool>,
    ) -> Self {
        Self {
            path,
            shape: Shape { schema: SCHEMA, version: VERSION, largest },
            keep,
            clock,
            counters,
            tail,
            is_damaged,
            file: None,
            last_line: 0,
            aged_at: None,
            is_told: false,
            told_at: None,
            forgotten: HashSet::new(),
        }
    }

    /// The file, opened anew when it is not there any more.
    fn open(&mut self) -> Result<&SideFile> {
        if self.is_damaged.swap(false, Ordering::Relaxed) {
            tracing::warn!("telemetry.db is damaged; a new one is made");
            self.file = None;
            side_file::remove(&self.path)?;
        }
        if self.file.as_ref().is_some_and(|file| !file.is_there()) {
            tracing::warn!("telemetry.db was deleted; a new one is made");
            self.file = None;
            // Its log would be taken for the new file's.
            side_file::remove(&self.path)?;
        }
        if self.file.is_none() {
            let (file, found) = SideFile::open(&self.path, &self.shape)?;
            if found == Found::Unusable {
                tracing::warn!("telemetry.db could not be used as it was; a new one is made");
            }
            self.last_line = self.last_line.max(store::last_line(&file)?.unwrap_or(0));
            self.file = Some(file);
        }
        Ok(self.file.as_ref().expect("it was opened just now"))
    }

    fn write(&mut self, batch: &Batch) -> Result<()> {
        let now = Moment::from(self.clock.now());
        let is_to_age = self.aged_at.is_none_or(|at| at + AGED_EVERY <= now || at > now);
        let (keep, mut number, forgotten) = (self.keep, self.last_line, self.forgotten.clone());
        let file = self.open()?;
        number = number.max(store::last_line(file)?.unwrap_or(0));
        if is_to_age {
            forget_before(file, Moment::from(now.timestamp() - keep))?;
        }
        make_room(file, now)?;
        if !file.has_room_in_log()? {
            return Err(crate::base::Error::unavailable(
                "Somebody reads telemetry.db for long; its log is full.",
            ));
        }
        let is_known =
            |tag: &Option<TenantTag>| tag.as_ref().is_none_or(|tag| !forgotten.contains(&tag.number));
        let spans: Vec<&Span> = batch.spans.iter().filter(|span| is_known(&span.tenant)).collect();
        let lines: Vec<(i64, &Line)> = batch
            .lines
            .iter()
            .filter(|line| is_known(&line.tenant))
            .map(|line| {
                number = line.at.micros().max(number + 1);
                (number, line)
            })
            .collect();
        file.in_transaction(|file| {
            write_spans(file, &spans)?;
            for (number, line) in &lines {
                store::insert_line(file, *number, line)?;
            }
            let errors = spans.iter().filter_map(|span| super::errors::of_span(span));
            for error in errors.chain(lines.iter().filter_map(|(_, line)| error_of(line))) {
                store::add_error(file, &error)?;
            }
            Ok(())
        })?;
        (self.last_line, self.aged_at) = (number, if is_to_age { Some(now) } else { self.aged_at });
        self.tell(&lines);
        Ok(())
    }

    fn tell(&self, lines: &[(i64, &Line)]) {
        if self.tail.receiver_count() == 0 {
            return;
        }
        for (number, line) in lines {
            let tenant = line.tenant.as_ref().map(|tag| tag.number);
            // The last who listened may have gone in this moment.
            let _ = self.tail.send(Told { tenant, line: Arc::new(ShownLine::fresh(*number, line)) });
        }
    }
}

impl Sink for Keeper {
    fn name(&self) -> &'static str {
        "telemetry.db"
    }

    fn take(&mut self, batch: &Batch) {
        let mut written = self.write(batch);
        if written.as_ref().is_err_and(means_damage) {
            self.is_damaged.store(true, Ordering::Relaxed);
            written = self.write(batch);
        }
        let count = batch.len() as u64;
        match &written {
            Ok(()) => self.counters.written.fetch_add(count, Ordering::Relaxed),
            Err(_) => {
                // What was opened read-only stays so, whatever the file allows later.
                self.file = None;
                self.counters.lost.fetch_add(count, Ordering::Relaxed)
            }
        };
        let now = self.clock.passed();
        match written {
            Err(error) if !self.is_told && self.told_at.is_none_or(|at| now >= at + TOLD_EVERY) => {
                tracing::warn!(%error, "telemetry can't be written and is lost; the service goes on without");
                (self.is_told, self.told_at) = (true, Some(now));
            }
            Ok(()) if self.is_told => {
                tracing::info!("telemetry can be written again");
                self.is_told = false;
            }
            _ => {}
        }
    }

    fn forget(&mut self, tenant: TenantNo) -> Result<()> {
        self.forgotten.insert(tenant);
        if !self.path.exists() {
            return Ok(());
        }
        let file = self.open()?;
        file.in_transaction(|file| {
            store::delete_spans_of(file, tenant)?;
            store::delete_traces_of(file, tenant)?;
            store::delete_lines_of(file, tenant)?;
            store::delete_errors_of(file, tenant).map(drop)
        })?;
        // It is not to be found in the log either.
        file.fold()
    }
}

/// Each tree under its trace, which is made by its first span.
fn write_spans(file: &SideFile, spans: &[&Span]) -> Result<()> {
    let mut traces: HashMap<(TraceId, Option<TenantNo>), Vec<&Span>> = HashMap::new();
    for span in spans {
        let tenant = span.tenant.as_ref().map(|tag| tag.number);
        traces.entry((span.trace, tenant)).or_default().push(span);
    }
    for ((trace, _), spans) in traces {
        // What began first; of those that began at once, what has the others in it.
        let order = |span: &&&Span| (span.started, span.kind as u8, std::cmp::Reverse(span.took));
        let Some(root) = spans.iter().min_by_key(order) else { continue };
        let number = match store::find_trace(file, trace, root.tenant.as_ref())? {
            Some(known) => {
                if root.started.micros() < known.started {
                    store::set_root(file, known.number, root)?;
                }
                known.number
            }
            None => store::insert_trace(file, root)?,
        };
        let (mut added, mut errors) = (0, 0);
        for span in &spans {
            let fresh = store::insert_span(file, number, span)?;
            added += fresh;
            errors += if span.ending.is_failed() { fresh } else { 0 };
        }
        store::add_to_trace(file, number, added, errors)?;
    }
    Ok(())
}

fn forget_before(file: &SideFile, before: Moment) -> Result<()> {
    file.in_transaction(|file| {
        store::delete_spans_before(file, before)?;
        store::delete_traces_before(file, before)?;
        store::delete_lines_before(file, before)?;
        store::delete_errors_before(file, before).map(drop)
    })
}

/// Lets the oldest go until there is room.
fn make_room(file: &SideFile, now: Moment) -> Result<()> {
    if file.fullness()? < FULL {
        return Ok(());
    }
    for _ in 0..MOST_CUTS {
        let Some(oldest) = store::oldest(file)? else { break };
        let span = (now.micros() - oldest.micros()).max(0) / CUT;
        forget_before(file, Moment::from_micros(oldest.micros() + span + 1))?;
        if file.fullness()? < LEAN {
            break;
        }
    }
    Ok(())
}

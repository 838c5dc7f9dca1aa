//! The book: what must be true of every job, kept without the engine's help. It knows where a job
//! may go, and it takes from the rows only which jobs the engine chose to claim.

use std::collections::BTreeMap;
use std::fmt::Debug;

use steading::kernel::jobs::JobState::{self, Cancelled, Dead, Done, Ready, Running, Scheduled};

use super::op::{How, LANES, TENANTS};
use crate::support::{BACKOFF, Verdict, ensure};

/// Jobs of one tenant that run at once.
pub const TENANT_LIMIT: usize = 3;

/// How long a handler that is cancelled may put things away, in milliseconds.
const CANCEL_GRACE: i64 = 5_000;

/// What a job's row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub lane: usize,
    pub state: JobState,
    pub class: usize,
    pub run_at: i64,
    pub attempt: u32,
    pub max_attempts: u32,
    pub lease: i64,
    pub key: Option<String>,
    pub is_cancel_asked: bool,
}

/// Why a handler is no longer at it, while no row says so yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    Said(How),
    TimedOut,
    Returned,
    Restarted,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub row: Row,
    /// Its time limit in milliseconds.
    pub limit: i64,
    /// Until when its handler may go on, once it has begun.
    pub deadline: Option<i64>,
    pub end: Option<End>,
    /// Whether it may have been given back: it had not begun when there was a round without its tenant.
    pub may_be_back: bool,
    /// Rows that tell of its attempts.
    pub attempts: i64,
}

#[derive(Debug, Clone, Default)]
pub struct Terms {
    pub most: Option<u32>,
    pub is_paused: bool,
}

/// By id, which is also by age.
pub type Rows = BTreeMap<String, Row>;

#[derive(Debug, Default)]
pub struct Book {
    pub jobs: BTreeMap<String, Entry>,
    pub terms: [Terms; LANES],
    pub suspended: [bool; TENANTS],
}

/// What a round of the workers may have done, and must have done.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    pub now: i64,
    pub may_claim: bool,
    /// Nothing may be left to do.
    pub is_settled: bool,
}

fn same<T: PartialEq + Debug>(found: &T, expected: &T, what: &str) -> Verdict {
    ensure(found == expected, || format!("{what}: found {found:?}, expected {expected:?}"))
}

impl Entry {
    /// The job after its attempt is put down.
    fn finished(&self, end: End, now: i64) -> Self {
        let mut next = Self { end: None, deadline: None, may_be_back: false, ..self.clone() };
        let row = &mut next.row;
        let is_cancelled = row.is_cancel_asked;
        let may_retry = row.attempt < row.max_attempts;
        let (state, run_at, costs) = match end {
            End::Said(How::Done) => (Done, row.run_at, 1),
            End::Said(How::Dead) => (Dead, row.run_at, 1),
            End::Said(How::Cancel) => (Cancelled, row.run_at, 1),
            _ if is_cancelled => (Cancelled, row.run_at, 1),
            End::Said(How::Snooze(seconds)) => (Scheduled, now + seconds as i64 * 1000, 0),
            End::Returned => (Ready, row.run_at, 0),
            _ if !may_retry => (Dead, row.run_at, 1),
            End::Restarted => (Ready, row.run_at, 1),
            End::Said(_) | End::TimedOut => (Scheduled, now + BACKOFF.as_millis() as i64, 1),
        };
        // The row itself says all of a first attempt that went well.
        next.attempts += i64::from(!(state == Done && row.lease == 1));
        (row.state, row.run_at, row.is_cancel_asked) = (state, run_at, false);
        row.attempt -= 1 - costs;
        next
    }

    fn claimed(&self) -> Self {
        let mut next = Self { end: None, deadline: None, may_be_back: false, ..self.clone() };
        next.row.state = Running;
        next.row.attempt += 1;
        next.row.lease += 1;
        next
    }

    /// What it may be after a round, in the order in which it gets there.
    fn ways(&self, round: Round) -> Vec<Self> {
        let mut ways = vec![self.clone()];
        let end = self.end.or(self.may_be_back.then_some(End::Returned));
        if let (Running, Some(end)) = (self.row.state, end) {
            ways.push(self.finished(end, round.now));
        }
        let last = ways[ways.len() - 1].clone();
        if last.row.state == Scheduled && last.row.run_at <= round.now {
            let mut ready = last.clone();
            ready.row.state = Ready;
            ways.push(ready);
        }
        let last = ways[ways.len() - 1].clone();
        if round.may_claim && last.row.state == Ready {
            ways.push(last.claimed());
        }
        ways
    }
}

impl Book {
    pub fn count(&self, holds: impl Fn(&Entry) -> bool) -> usize {
        self.jobs.values().filter(|entry| holds(entry)).count()
    }

    fn running_in(&self, lane: usize) -> usize {
        self.count(|entry| entry.row.lane == lane && entry.row.state == Running)
    }

    fn running_of(&self, tenant: usize) -> usize {
        self.count(|entry| entry.row.lane / 2 == tenant && entry.row.state == Running)
    }

    /// Whether another job of this lane may begin.
    pub fn has_room(&self, lane: usize) -> bool {
        let terms = &self.terms[lane];
        !terms.is_paused
            && !self.suspended[lane / 2]
            && terms.most.is_none_or(|most| self.running_in(lane) < most as usize)
            && self.running_of(lane / 2) < TENANT_LIMIT
    }

    pub fn find_unique(&self, lane: usize, key: &str) -> Option<&String> {
        let is_it = |entry: &Entry| {
            entry.row.lane / 2 == lane / 2
                && !entry.row.state.is_over()
                && entry.row.key.as_deref() == Some(key)
        };
        self.jobs.iter().find(|(_, entry)| is_it(entry)).map(|(id, _)| id)
    }

    /// Handlers whose time is over are given up.
    pub fn give_up_late(&mut self, now: i64) -> Vec<String> {
        let mut late = Vec::new();
        for (id, entry) in &mut self.jobs {
            if entry.end.is_none() && entry.deadline.is_some_and(|deadline| deadline <= now) {
                entry.end = Some(End::TimedOut);
                late.push(id.clone());
            }
        }
        late
    }

    /// A handler began.
    pub fn began(&mut self, id: &str, attempt: u32, now: i64) -> Verdict {
        let entry = self.jobs.get_mut(id).ok_or_else(|| format!("{id} began and is unknown"))?;
        let is_expected = entry.row.state == Running && entry.end.is_none() && entry.row.attempt == attempt;
        ensure(is_expected && entry.deadline.is_none(), || {
            format!("attempt {attempt} of {id} began without a claim of its own: {entry:?}")
        })?;
        entry.deadline = Some(now + entry.limit);
        entry.may_be_back = false;
        Ok(())
    }

    pub fn ask_to_cancel(&mut self, id: &str, now: i64) {
        let entry = self.jobs.get_mut(id).expect("it is in the book");
        entry.row.is_cancel_asked = true;
        match (&mut entry.deadline, entry.end) {
            (Some(deadline), None) => *deadline = (*deadline).min(now + CANCEL_GRACE),
            (None, None) => entry.end = Some(End::Returned),
            _ => {}
        }
    }

    /// The server stopped or died: every attempt that was not put down ends like this.
    pub fn end_running(&mut self, end: End, keeps_ends: bool) {
        for entry in self.jobs.values_mut().filter(|entry| entry.row.state == Running) {
            entry.end = Some(entry.end.filter(|_| keeps_ends).unwrap_or(end));
        }
    }

    /// Nothing happened but what the book knows of.
    pub fn assert_same(&self, rows: &Rows) -> Verdict {
        for (id, entry) in &self.jobs {
            let row = rows.get(id).ok_or_else(|| format!("{id} is lost: {entry:?}"))?;
            same(row, &entry.row, id)?;
        }
        same(&rows.len(), &self.jobs.len(), "jobs")
    }

    /// Takes over what a round did, when it was allowed.
    pub fn take_round(&mut self, rows: &Rows, round: Round) -> Verdict {
        same(&rows.len(), &self.jobs.len(), "jobs")?;
        let was_ready: Vec<String> = self.ids(|entry| entry.row.state == Ready);
        let mut claimed = Vec::new();
        for (id, entry) in &mut self.jobs {
            let row = rows.get(id).ok_or_else(|| format!("{id} is lost: {entry:?}"))?;
            let has_begun = entry.deadline.is_some() || entry.end.is_some();
            entry.may_be_back |=
                entry.row.state == Running && !has_begun && self.suspended[entry.row.lane / 2];
            let ways = entry.ways(round);
            let way = ways.iter().find(|way| way.row == *row);
            let way = way.ok_or_else(|| format!("{id} went from {entry:?} to {row:?} at {}", round.now))?;
            if way.row.lease > entry.row.lease {
                claimed.push(id.clone());
            }
            *entry = way.clone();
            let is_left = round.is_settled && entry.end.is_some();
            ensure(!is_left, || format!("{id} ended and nobody put it down: {entry:?}"))?;
        }
        self.check_claims(&claimed, &was_ready)
    }

    pub fn ids(&self, holds: impl Fn(&Entry) -> bool) -> Vec<String> {
        self.jobs.iter().filter(|(_, entry)| holds(entry)).map(|(id, _)| id.clone()).collect()
    }

    /// What was claimed may run, and no job of its lane should have come before it.
    fn check_claims(&self, claimed: &[String], was_ready: &[String]) -> Verdict {
        for id in claimed {
            let row = &self.jobs[id].row;
            let (lane, terms) = (row.lane, &self.terms[row.lane]);
            ensure(!terms.is_paused && !self.suspended[lane / 2], || format!("{id} was claimed in a pause"))?;
            let (here, of_tenant) = (self.running_in(lane), self.running_of(lane / 2));
            ensure(terms.most.is_none_or(|most| here <= most as usize) && of_tenant <= TENANT_LIMIT, || {
                format!("{id} was claimed beyond a limit: {here} run in its queue, {of_tenant} of its tenant")
            })?;
            for other in was_ready.iter().filter(|other| !claimed.contains(other)) {
                let theirs = &self.jobs[other].row;
                let is_before = theirs.lane == lane && (theirs.class, other) < (row.class, id);
                ensure(!is_before || theirs.attempt + 1 >= theirs.max_attempts, || {
                    format!("{id} was claimed before {other}")
                })?;
            }
        }
        Ok(())
    }

    /// No place stays empty while a job may have it, and nothing that is due still waits for its time.
    pub fn assert_busy(&self, places: usize, now: i64) -> Verdict {
        let running = self.count(|entry| entry.row.state == Running);
        for (id, entry) in &self.jobs {
            let Row { lane, state, run_at, .. } = entry.row;
            let may_run = self.has_room(lane) && running < places;
            ensure(state != Ready || !may_run, || {
                format!("{id} waits beside {} free places", places - running)
            })?;
            let is_due = state == Scheduled && run_at <= now && !self.suspended[lane / 2];
            ensure(!is_due, || format!("{id} is due since {run_at} and still scheduled"))?;
        }
        Ok(())
    }
}

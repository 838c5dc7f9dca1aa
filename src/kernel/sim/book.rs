//! The book: every row that the engine wrote, statement by statement, and what the simulation knows
//! besides. It asks the promises whether each change may be.

use std::collections::{BTreeMap, BTreeSet};

use super::health::Health;
use super::promises::{deliveries, jobs, schedules, standing, tenants};
use super::rows::{
    CountRow, DeliveryRow, EventRow, FiringRow, GroupRow, JobRow, Key, Lane, QueueRow, ScheduleRow,
    SubscriptionRow, TenantRow,
};
use super::shelf::Shelf;
use super::sights::Sights;
use crate::base::db::by_hand::{Seen, Touched};

pub(super) type Verdict = Result<(), String>;

pub(super) fn ensure(holds: bool, complaint: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(complaint()) }
}

/// One attempt of a job: the job, and its lease's number.
pub(super) type Attempt = (Key, i64);

/// A change of one row by one statement.
#[derive(Debug)]
pub(super) struct Change<R> {
    pub before: Option<R>,
    pub after: Option<R>,
}

/// When something was asked for, and when the task that asked began.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moment {
    pub now: i64,
    pub began: i64,
    /// The latest time that the task saw so far: it may have taken it for now.
    pub latest: i64,
    /// The time that has passed, however the clock was set.
    pub passed: i64,
}

/// One write: whose it is, when it was asked for, and what it touched.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub tenant: Option<i64>,
    pub moment: u64,
    pub jobs: BTreeSet<Key>,
    /// Jobs and events that it has put down.
    pub known: BTreeSet<Key>,
    pub lanes: BTreeSet<Lane>,
    pub events: BTreeSet<Key>,
    pub new_events: BTreeSet<Key>,
    pub deliveries: BTreeSet<Key>,
    pub new_deliveries: BTreeSet<Key>,
    pub subscriptions: BTreeSet<Key>,
    pub letters_of: BTreeSet<i64>,
    pub tenants: BTreeSet<i64>,
    /// As they were when it began.
    pub advanced: BTreeMap<Key, ScheduleRow>,
    pub fired: Vec<(Key, i64)>,
    /// Lanes of which a job was claimed, and when.
    pub claimed: Vec<(Lane, i64)>,
    pub ended: Vec<Attempt>,
    pub unheard: Vec<Attempt>,
    pub by_hand: Vec<Key>,
}

#[derive(Debug, Default)]
pub(super) struct Book {
    pub jobs: Shelf<JobRow>,
    pub counts: Shelf<CountRow>,
    pub queues: Shelf<QueueRow>,
    pub events: Shelf<EventRow>,
    pub deliveries: Shelf<DeliveryRow>,
    pub subscriptions: Shelf<SubscriptionRow>,
    pub groups: Shelf<GroupRow>,
    pub schedules: Shelf<ScheduleRow>,
    pub firings: Shelf<FiringRow>,
    pub tenants: Shelf<TenantRow>,
    /// How the subscriptions must stand by what was seen of their deliveries.
    pub health: Health,
    pub piece: Piece,
    pub done: Vec<Piece>,

    /// By their numbers.
    pub moments: Vec<Moment>,
    /// The highest time that the clock has shown.
    pub highest: i64,
    /// The rules of queues as they are on disk, and since which moment.
    pub rules: BTreeMap<Lane, (QueueRow, u64)>,
    /// Tenants that are suspended, and since which moment.
    pub suspended: BTreeMap<i64, u64>,
    /// When jobs of a lane were claimed, while its rules stayed the same and the process lived.
    pub paces: BTreeMap<Lane, Vec<(u64, i64)>>,
    /// Jobs and events that were on disk at some time.
    pub known: BTreeSet<Key>,
    /// For which attempt of which job the claim was asked for when.
    pub claims: BTreeMap<Attempt, u64>,
    /// Attempts that were put down.
    pub ended: BTreeSet<Attempt>,
    /// Attempts that somebody is at, and where.
    pub at_work: BTreeMap<Attempt, Lane>,
    /// Attempts that once began.
    pub began: BTreeSet<Attempt>,
    /// Attempts whose answer to a worker outside may have been lost on its way.
    pub excused: BTreeSet<Attempt>,
    /// Attempts that ended as lost by a worker who has not heard of them.
    pub unheard: BTreeSet<Attempt>,
    /// Attempts that a worker outside said the end of.
    pub spoken_of: BTreeSet<Attempt>,
    /// Attempts whose worker said how long the next must wait, or that there is to be none.
    pub said: BTreeMap<Attempt, Said>,
    /// Deliveries whose jobs somebody put back, so that they are in no line any more.
    pub by_hand: BTreeSet<Key>,
    /// Deliveries that the receiver of a webhook said he has.
    pub taken: BTreeSet<Key>,
    /// Subscriptions whose receiver said that it wants nothing more.
    pub refused: BTreeSet<Key>,
    /// Subscriptions that somebody enables or disables, as often as somebody does.
    pub enabling: Vec<Key>,
    pub disabling: Vec<Key>,
    pub fired: BTreeSet<(Key, i64)>,
    pub keeps: Keeps,
    pub tenant_limit: usize,
    pub sights: Sights,
    /// The first promise that was broken.
    pub broken: Option<String>,
}

/// What a worker said about another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// At that time, or now.
    At(i64),
    /// After so many milliseconds.
    After(i64),
    Never,
}

/// How long jobs that are over are kept, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Keeps {
    pub done: i64,
    pub dead: i64,
}

/// Asks a promise, and notes which one was broken.
macro_rules! promise {
    ($book:ident, $room:ident::$name:ident($($given:expr),*)) => {
        if $book.broken.is_none()
            && let Err(why) = $room::$name($($given),*)
        {
            $book.broken = Some(format!("{}: {why}", stringify!($name).replace('_', " ")));
        }
    };
}
pub(super) use promise;

mod changes;

macro_rules! every_shelf {
    ($book:ident, $act:ident) => {{
        $book.jobs.$act();
        $book.counts.$act();
        $book.queues.$act();
        $book.events.$act();
        $book.deliveries.$act();
        $book.subscriptions.$act();
        $book.groups.$act();
        $book.schedules.$act();
        $book.firings.$act();
        $book.tenants.$act();
        $book.health.$act();
    }};
}

impl Book {
    pub(super) fn moment(&self, moment: u64) -> Moment {
        self.moments[moment as usize]
    }

    /// The moment at which the write under way was asked for.
    pub(super) fn asked(&self) -> Moment {
        self.moment(self.piece.moment)
    }

    /// The latest time that who asked for the write under way, or who writes it, can take for now.
    pub(super) fn latest_now(&self) -> i64 {
        self.asked().latest.max(self.moment(self.present()).now)
    }

    /// How many jobs and deliveries are on their way.
    pub(super) fn open(&self) -> usize {
        let jobs = self.jobs.iter().filter(|(_, row)| !row.state.is_over()).count();
        jobs + self.deliveries.iter().filter(|(_, row)| row.state.is_open()).count()
    }

    /// Nobody is in this tenant any more, or it is being deleted.
    pub(super) fn is_gone(&self, tenant: i64) -> bool {
        self.tenants.get(&tenant).is_none_or(|row| row.is_leaving)
    }

    /// The moment that it is.
    pub(super) fn present(&self) -> u64 {
        self.moments.len() as u64 - 1
    }

    pub(super) fn see(&mut self, seen: Seen) {
        match seen {
            Seen::Piece(tenant, moment) => {
                self.piece = Piece { tenant: tenant.map(|tenant| tenant.get()), moment, ..Piece::default() };
                every_shelf!(self, mark);
            }
            Seen::Changed(statement, touched) => self.changed(statement, touched),
            Seen::Done => self.done(),
            Seen::Undone => {
                every_shelf!(self, undo_part);
                self.piece = Piece::default();
            }
            Seen::Committed => self.committed(),
            Seen::Lost => self.lose_what_is_open(),
        }
    }

    fn lose_what_is_open(&mut self) {
        every_shelf!(self, undo_all);
        self.piece = Piece::default();
        self.done.clear();
    }

    /// The process is no more, and what it had not committed neither.
    pub(super) fn die(&mut self) {
        self.lose_what_is_open();
        self.paces.clear();
        self.excuse_answers_on_their_way();
        self.enabling.clear();
        self.disabling.clear();
        // Workers outside live on.
        let leased: BTreeSet<Attempt> = self
            .jobs
            .iter()
            .filter(|(_, row)| row.lease_until.is_some())
            .map(|(job, row)| (*job, row.lease))
            .collect();
        self.at_work.retain(|attempt, _| leased.contains(attempt));
    }

    /// Whoever was to hear of these claims hears of them no more, and nobody can tell.
    pub(super) fn excuse_answers_on_their_way(&mut self) {
        use crate::kernel::jobs::JobState::Running;
        let leased = self.jobs.iter().filter(|(_, row)| row.state == Running && row.lease_until.is_some());
        let attempts = leased.map(|(job, row)| (*job, row.lease));
        self.excused.extend(attempts.filter(|attempt| !self.began.contains(attempt)));
        // One of them may have run out already while its answer was on its way.
        self.unheard.clear();
    }

    /// Nobody is at an attempt any more whose row has gone on.
    pub(super) fn leave_what_is_over(&mut self) {
        use crate::kernel::jobs::JobState::Running;
        let jobs = &self.jobs;
        let goes_on = |job: &Key, lease: i64| {
            jobs.get(job).is_some_and(|row| row.state == Running && row.lease == lease)
        };
        self.at_work.retain(|(job, lease), _| goes_on(job, *lease));
    }

    fn done(&mut self) {
        promise!(self, tenants::nothing_remains_of_who_was_deleted(self));
        self.piece.known = self.piece.jobs.union(&self.piece.new_events).copied().collect();
        self.leave_out_who_is_leaving();
        promise!(self, jobs::one_at_most_has_a_unique_key(self));
        promise!(self, jobs::counters_say_what_counting_would(self));
        promise!(self, deliveries::everybody_who_listens_gets_it_and_nobody_else(self));
        promise!(self, deliveries::an_event_stands_as_its_deliveries_do(self));
        promise!(self, deliveries::letters_are_counted_by_their_groups(self));
        promise!(self, deliveries::a_delivery_is_carried_by_its_job(self));
        promise!(self, deliveries::a_subject_is_delivered_in_its_order(self));
        promise!(self, standing::a_handler_stands_as_its_attempts_say(self));
        promise!(self, standing::a_disabled_handler_holds_its_queue(self));
        promise!(self, schedules::each_time_fires_once(self));
        promise!(self, schedules::what_was_missed_is_made_up_for_as_it_was_told(self));
        self.by_hand.extend(&self.piece.by_hand);
        let piece = std::mem::take(&mut self.piece);
        self.done.push(piece);
    }

    fn committed(&mut self) {
        let present = self.present();
        for lane in self.queues.changed().cloned().collect::<BTreeSet<_>>() {
            match self.queues.get(&lane) {
                Some(row) => drop(self.rules.insert(lane.clone(), (row.clone(), present))),
                None => drop(self.rules.remove(&lane)),
            }
            self.paces.remove(&lane);
        }
        for tenant in self.tenants.changed() {
            match self.tenants.get(tenant).is_some_and(|row| row.is_active) {
                true => drop(self.suspended.remove(tenant)),
                false => drop(self.suspended.entry(*tenant).or_insert(present)),
            }
        }
        every_shelf!(self, commit);
        for piece in std::mem::take(&mut self.done) {
            self.known.extend(&piece.known);
            self.sights.fired += piece.fired.len() as u64;
            self.fired.extend(piece.fired);
            self.ended.extend(piece.ended);
            self.unheard.extend(piece.unheard);
            for (lane, passed) in piece.claimed {
                promise!(self, jobs::a_rate_is_kept(self, &lane, piece.moment, passed));
                self.paces.entry(lane).or_default().push((piece.moment, passed));
            }
        }
    }
}

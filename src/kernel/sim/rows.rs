//! The rows that the simulation looks at, as the book keeps them.

use uuid::Uuid;

use crate::base::db::by_hand::{Cell, Table};
use crate::kernel::events::{DeliveryState, SubscriptionState};
use crate::kernel::jobs::JobState;

/// An id, as a number: ids ascend with age.
pub(super) type Key = u128;

pub(super) static TABLES: &[Table] = &[
    Table {
        name: "jobs_all",
        columns: "tenant_id, id, kind, queue, state, class, run_at, attempt, max_attempts, lease, lease_until, \
                  backoff, unique_key, cause, finished_at, cancel_asked_at, failure",
    },
    Table { name: "job_counts_all", columns: "tenant_id, queue, state, jobs" },
    Table { name: "job_queues_all", columns: "tenant_id, name, concurrency, rate, is_paused, is_outside" },
    Table {
        name: "events_all",
        columns: "tenant_id, id, type, status, open, failing, dead, unique_key, json_extract(payload, '$.n')",
    },
    Table {
        name: "deliveries_all",
        columns: "tenant_id, id, event_id, subscription_id, ordered_by, state, replay_of, attempts, fingerprint",
    },
    Table {
        name: "subscriptions_all",
        columns: "tenant_id, id, pattern, json_extract(filter, '$.n.gte'), is_ordered, lane, state, probe_at, \
                  successes, failures, in_a_row, failing, target, disabled_for",
    },
    Table { name: "dead_letter_groups_all", columns: "tenant_id, fingerprint, letters" },
    Table {
        name: "schedules_all",
        columns: "tenant_id, id, cron, catch_up, catch_up_most, state, next_at, missed",
    },
    Table {
        name: "schedule_firings_all",
        columns: "tenant_id, schedule_id, due_at, is_by_hand, result, job_id",
    },
    Table { name: "tenants", columns: "number, state" },
];

/// The columns of a row, one after another.
struct Cells(std::vec::IntoIter<Cell>);

impl Cells {
    fn next(&mut self) -> Cell {
        self.0.next().expect("the row has this column")
    }

    fn maybe_int(&mut self) -> Option<i64> {
        match self.next() {
            Cell::Int(number) => Some(number),
            _ => None,
        }
    }

    fn int(&mut self) -> i64 {
        self.maybe_int().expect("a number")
    }

    fn maybe_text(&mut self) -> Option<String> {
        match self.next() {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    fn text(&mut self) -> String {
        self.maybe_text().expect("a text")
    }

    fn key(&mut self) -> Key {
        key_of(&self.text())
    }

    fn maybe_key(&mut self) -> Option<Key> {
        self.maybe_text().map(|text| key_of(&text))
    }

    fn flag(&mut self) -> bool {
        self.int() != 0
    }
}

pub(super) fn key_of(text: &str) -> Key {
    Uuid::parse_str(text).expect("an id").as_u128()
}

pub(super) fn shown(key: Key) -> Uuid {
    Uuid::from_u128(key)
}

/// A row that is made of cells, and the key under which the book has it.
pub(super) trait Kept: Clone + PartialEq + std::fmt::Debug {
    type Key: Ord + Clone + std::fmt::Debug;

    fn read(cells: Vec<Cell>) -> (Self::Key, Self);
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct JobRow {
    pub tenant: i64,
    pub kind: String,
    pub queue: String,
    pub state: JobState,
    pub class: i64,
    pub run_at: i64,
    pub attempt: i64,
    pub max_attempts: i64,
    pub lease: i64,
    pub lease_until: Option<i64>,
    pub backoff: Option<String>,
    pub unique_key: Option<String>,
    pub cause: Option<String>,
    pub finished_at: Option<i64>,
    pub is_cancel_asked: bool,
    pub failure: Option<String>,
}

impl JobRow {
    pub(super) fn lane(&self) -> Lane {
        (self.tenant, self.queue.clone())
    }
}

/// One tenant's part of a queue.
pub(super) type Lane = (i64, String);

impl Kept for JobRow {
    type Key = Key;

    fn read(cells: Vec<Cell>) -> (Key, Self) {
        let mut cells = Cells(cells.into_iter());
        let (tenant, key) = (cells.int(), cells.key());
        let row = Self {
            tenant,
            kind: cells.text(),
            queue: cells.text(),
            state: cells.text().parse().expect("a state"),
            class: cells.int(),
            run_at: cells.int(),
            attempt: cells.int(),
            max_attempts: cells.int(),
            lease: cells.int(),
            lease_until: cells.maybe_int(),
            backoff: cells.maybe_text(),
            unique_key: cells.maybe_text(),
            cause: cells.maybe_text(),
            finished_at: cells.maybe_int(),
            is_cancel_asked: cells.maybe_int().is_some(),
            failure: cells.maybe_text(),
        };
        (key, row)
    }
}

/// How many jobs of a lane are in a state.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CountRow(pub i64);

impl Kept for CountRow {
    type Key = (Lane, String);

    fn read(cells: Vec<Cell>) -> (Self::Key, Self) {
        let mut cells = Cells(cells.into_iter());
        (((cells.int(), cells.text()), cells.text()), Self(cells.int()))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct QueueRow {
    pub concurrency: Option<i64>,
    pub rate: Option<i64>,
    pub is_paused: bool,
    pub is_outside: bool,
}

impl Kept for QueueRow {
    type Key = Lane;

    fn read(cells: Vec<Cell>) -> (Lane, Self) {
        let mut cells = Cells(cells.into_iter());
        let lane = (cells.int(), cells.text());
        let (concurrency, rate) = (cells.maybe_int(), cells.maybe_int());
        (lane, Self { concurrency, rate, is_paused: cells.flag(), is_outside: cells.flag() })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct EventRow {
    pub tenant: i64,
    pub event_type: String,
    pub status: String,
    /// Deliveries that are open, failing and dead.
    pub counts: (i64, i64, i64),
    pub unique_key: Option<String>,
    /// The number in its payload.
    pub number: Option<i64>,
}

impl Kept for EventRow {
    type Key = Key;

    fn read(cells: Vec<Cell>) -> (Key, Self) {
        let mut cells = Cells(cells.into_iter());
        let (tenant, key) = (cells.int(), cells.key());
        let (event_type, status) = (cells.text(), cells.text());
        let counts = (cells.int(), cells.int(), cells.int());
        let (unique_key, number) = (cells.maybe_text(), cells.maybe_int());
        (key, Self { tenant, event_type, status, counts, unique_key, number })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct DeliveryRow {
    pub tenant: i64,
    pub event: Key,
    pub subscription: Key,
    pub ordered_by: Option<String>,
    pub state: DeliveryState,
    pub replay_of: Option<Key>,
    pub attempts: i64,
    pub fingerprint: Option<String>,
}

impl Kept for DeliveryRow {
    type Key = Key;

    fn read(cells: Vec<Cell>) -> (Key, Self) {
        let mut cells = Cells(cells.into_iter());
        let (tenant, key) = (cells.int(), cells.key());
        let (event, subscription, ordered_by) = (cells.key(), cells.key(), cells.maybe_text());
        let state = cells.text().parse().expect("a state");
        let (replay_of, attempts, fingerprint) = (cells.maybe_key(), cells.int(), cells.maybe_text());
        let row = Self { tenant, event, subscription, ordered_by, state, replay_of, attempts, fingerprint };
        (key, row)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct SubscriptionRow {
    pub tenant: i64,
    pub pattern: String,
    pub least: Option<i64>,
    pub is_ordered: bool,
    pub lane: String,
    pub state: SubscriptionState,
    pub probe_at: Option<i64>,
    pub successes: i64,
    pub failures: i64,
    pub in_a_row: i64,
    pub failing: Vec<Key>,
    pub is_webhook: bool,
    /// Its receiver said that it wants nothing more.
    pub is_gone: bool,
}

impl Kept for SubscriptionRow {
    type Key = Key;

    fn read(cells: Vec<Cell>) -> (Key, Self) {
        let mut cells = Cells(cells.into_iter());
        let (tenant, key) = (cells.int(), cells.key());
        let row = Self {
            tenant,
            pattern: cells.text(),
            least: cells.maybe_int(),
            is_ordered: cells.flag(),
            lane: cells.text(),
            state: cells.text().parse().expect("a state"),
            probe_at: cells.maybe_int(),
            successes: cells.int(),
            failures: cells.int(),
            in_a_row: cells.int(),
            failing: {
                let ids: Vec<String> = serde_json::from_str(&cells.text()).expect("a list of ids");
                ids.iter().map(|id| key_of(id)).collect()
            },
            is_webhook: cells.text() == "webhook",
            is_gone: cells.maybe_text().as_deref() == Some("gone"),
        };
        (key, row)
    }
}

/// Dead letters that are alike.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GroupRow(pub i64);

impl Kept for GroupRow {
    type Key = (i64, String);

    fn read(cells: Vec<Cell>) -> (Self::Key, Self) {
        let mut cells = Cells(cells.into_iter());
        ((cells.int(), cells.text()), Self(cells.int()))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScheduleRow {
    pub tenant: i64,
    pub cron: String,
    pub catch_up: String,
    pub most: Option<i64>,
    pub is_enabled: bool,
    pub next_at: Option<i64>,
    pub missed: i64,
}

impl Kept for ScheduleRow {
    type Key = Key;

    fn read(cells: Vec<Cell>) -> (Key, Self) {
        let mut cells = Cells(cells.into_iter());
        let (tenant, key) = (cells.int(), cells.key());
        let row = Self {
            tenant,
            cron: cells.text(),
            catch_up: cells.text(),
            most: cells.maybe_int(),
            is_enabled: cells.text() == "enabled",
            next_at: cells.maybe_int(),
            missed: cells.int(),
        };
        (key, row)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct FiringRow {
    pub tenant: i64,
    pub result: String,
    pub job: Option<Key>,
}

impl Kept for FiringRow {
    /// The schedule, the time for which it is, and whether somebody fired it by hand.
    type Key = (Key, i64, bool);

    fn read(cells: Vec<Cell>) -> (Self::Key, Self) {
        let mut cells = Cells(cells.into_iter());
        let tenant = cells.int();
        let key = (cells.key(), cells.int(), cells.flag());
        (key, Self { tenant, result: cells.text(), job: cells.maybe_key() })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TenantRow {
    pub is_active: bool,
    /// It is being deleted.
    pub is_leaving: bool,
}

impl Kept for TenantRow {
    type Key = i64;

    fn read(cells: Vec<Cell>) -> (i64, Self) {
        let mut cells = Cells(cells.into_iter());
        let (number, state) = (cells.int(), cells.text());
        (number, Self { is_active: state == "active", is_leaving: state == "deleting" })
    }
}

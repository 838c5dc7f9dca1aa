//! How many jobs of whom were done, and how many gave up, in about the last hour. It is counted in memory, after the
//! commits that say so, and is gone with the process. Nobody's names can make it large.

use std::collections::HashMap;
use std::ops::AddAssign;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::model::{JobState, QueueName};
use crate::base::db::TenantNo;

/// The hour goes by in steps.
const STEP: Duration = Duration::from_mins(5);
const STEPS: usize = 12;

const SPAN: Duration = Duration::from_mins(60);

/// Queues of one tenant that are counted one by one; what more there are is in the tenant's sum alone.
const MOST_QUEUES: usize = 50;

/// Jobs that came to their end.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub done: u64,
    pub dead: u64,
}

impl AddAssign for Ended {
    fn add_assign(&mut self, more: Self) {
        self.done += more.done;
        self.dead += more.dead;
    }
}

/// What ended in a write, gathered like its counts.
#[derive(Default)]
pub(super) struct Endings(Vec<(TenantNo, QueueName, Ended)>);

impl Endings {
    /// A job went into this state.
    pub(super) fn note(&mut self, tenant: TenantNo, queue: &QueueName, state: JobState) {
        let one = match state {
            JobState::Done => Ended { done: 1, dead: 0 },
            JobState::Dead => Ended { done: 0, dead: 1 },
            _ => return,
        };
        match self.0.iter_mut().find(|(of, name, _)| *of == tenant && name == queue) {
            Some((_, _, sum)) => *sum += one,
            None => self.0.push((tenant, queue.clone(), one)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Counts by step; a step of an earlier hour is begun anew when its turn comes.
#[derive(Default, Clone, Copy)]
struct Ring {
    steps: [(u32, u32); STEPS],
    last: u64,
}

impl Ring {
    fn add(&mut self, step: u64, more: Ended) {
        let step = step.max(self.last);
        for passed in self.last + 1..=step.min(self.last + STEPS as u64) {
            self.steps[place(passed)] = (0, 0);
        }
        self.last = step;
        let (done, dead) = &mut self.steps[place(step)];
        *done = done.saturating_add(more.done.try_into().unwrap_or(u32::MAX));
        *dead = dead.saturating_add(more.dead.try_into().unwrap_or(u32::MAX));
    }

    fn sum(&self, now: u64) -> Ended {
        let mut sum = Ended::default();
        let first = now.saturating_sub(STEPS as u64 - 1).max(self.last.saturating_sub(STEPS as u64 - 1));
        for (done, dead) in (first..=self.last).map(|step| self.steps[place(step)]) {
            sum += Ended { done: done.into(), dead: dead.into() };
        }
        sum
    }

    fn is_over(&self, now: u64) -> bool {
        self.last + STEPS as u64 <= now
    }
}

fn place(step: u64) -> usize {
    (step % STEPS as u64) as usize
}

fn step_at(at: Duration) -> u64 {
    at.as_secs() / STEP.as_secs()
}

#[derive(Default)]
struct OfTenant {
    all: Ring,
    queues: HashMap<QueueName, Ring>,
}

pub(super) struct Recent {
    /// When counting began, by `Clock::passed`.
    since: Duration,
    tenants: Mutex<HashMap<TenantNo, OfTenant>>,
}

/// What one tenant ended in the hour.
pub(super) struct TenantEnded {
    pub tenant: TenantNo,
    pub all: Ended,
    pub queues: Vec<(QueueName, Ended)>,
}

impl Recent {
    pub(super) fn since(now: Duration) -> Self {
        Self { since: now, tenants: Mutex::default() }
    }

    /// How long what is told of has been counted.
    pub(super) fn span(&self, now: Duration) -> Duration {
        now.saturating_sub(self.since).min(SPAN)
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantNo, OfTenant>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These are on the disk. A moment is `Clock::passed`.
    pub(super) fn add(&self, endings: Endings, at: Duration) {
        let (step, mut tenants) = (step_at(at), self.tenants());
        for (tenant, queue, ended) in endings.0 {
            let of = tenants.entry(tenant).or_default();
            of.all.add(step, ended);
            if let Some(ring) = of.queues.get_mut(&queue) {
                ring.add(step, ended);
                continue;
            }
            if of.queues.len() >= MOST_QUEUES {
                of.queues.retain(|_, ring| !ring.is_over(step));
            }
            if of.queues.len() < MOST_QUEUES {
                of.queues.entry(queue).or_default().add(step, ended);
            }
        }
    }

    /// Everything of the last hour; what is older is forgotten.
    pub(super) fn read(&self, at: Duration) -> Vec<TenantEnded> {
        let (now, mut tenants) = (step_at(at), self.tenants());
        tenants.retain(|_, of| !of.all.is_over(now));
        let of = |(tenant, of): (&TenantNo, &OfTenant)| TenantEnded {
            tenant: *tenant,
            all: of.all.sum(now),
            queues: of
                .queues
                .iter()
                .filter(|(_, ring)| !ring.is_over(now))
                .map(|(queue, ring)| (queue.clone(), ring.sum(now)))
                .collect(),
        };
        tenants.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::{Column, Stored};

    fn tenant(number: i64) -> TenantNo {
        TenantNo::read(Stored::Int(number)).expect("a number")
    }

    fn queue(name: &str) -> QueueName {
        name.parse().expect("a name")
    }

    fn end(recent: &Recent, name: &str, state: JobState, minutes: u64) {
        let mut endings = Endings::default();
        endings.note(tenant(2), &queue(name), state);
        recent.add(endings, Duration::from_mins(minutes));
    }

    fn all_at(recent: &Recent, minutes: u64) -> Ended {
        recent.read(Duration::from_mins(minutes)).first().map_or_else(Ended::default, |found| found.all)
    }

    #[test]
    fn what_ended_is_counted_for_an_hour_and_then_forgotten() {
        let recent = Recent::since(Duration::ZERO);
        end(&recent, "a", JobState::Done, 1_000);
        end(&recent, "a", JobState::Dead, 1_030);
        end(&recent, "b", JobState::Done, 1_030);
        end(&recent, "b", JobState::Ready, 1_031);
        assert_eq!(all_at(&recent, 1_031), Ended { done: 2, dead: 1 });
        assert_eq!(recent.span(Duration::from_mins(7)), Duration::from_mins(7));
        assert_eq!(recent.span(Duration::from_mins(1_031)), SPAN);
        assert_eq!(all_at(&recent, 1_059), Ended { done: 2, dead: 1 });
        assert_eq!(all_at(&recent, 1_060), Ended { done: 1, dead: 1 });
        assert_eq!(all_at(&recent, 1_090), Ended::default());
        end(&recent, "a", JobState::Done, 5_000);
        assert_eq!(all_at(&recent, 5_000), Ended { done: 1, dead: 0 });
    }

    #[test]
    fn a_step_that_comes_round_again_begins_anew() {
        let recent = Recent::since(Duration::ZERO);
        (0..48).for_each(|step| end(&recent, "a", JobState::Done, 600 + step * 5));
        assert_eq!(all_at(&recent, 600 + 47 * 5), Ended { done: STEPS as u64, dead: 0 });
        end(&recent, "a", JobState::Done, 600 + 55 * 5);
        assert_eq!(all_at(&recent, 600 + 55 * 5), Ended { done: 5, dead: 0 });
    }

    #[test]
    fn however_many_names_a_tenant_uses_few_are_kept_and_its_sum_is_true() {
        let recent = Recent::since(Duration::ZERO);
        (0..500).for_each(|number| end(&recent, &format!("q{number}"), JobState::Done, 10));
        let found = recent.read(Duration::from_mins(10));
        assert_eq!((found[0].all.done, found[0].queues.len()), (500, MOST_QUEUES));
        end(&recent, "later", JobState::Done, 200);
        let found = recent.read(Duration::from_mins(200));
        assert_eq!(found[0].queues, [(queue("later"), Ended { done: 1, dead: 0 })]);
    }
}

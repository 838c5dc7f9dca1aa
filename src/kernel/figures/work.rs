//! Jobs and events in figures, those of all tenants together.

use std::collections::BTreeMap;

use super::store;
use crate::base::Result;
use crate::base::figures::Page;
use crate::kernel::Kernel;
use crate::kernel::jobs::{JobState, LANE_PREFIX};

/// Queues that are told of by name; tenants make as many as they like.
const MOST_QUEUES: usize = 50;

const OTHERS: &str = "other";

pub(super) async fn jobs(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let counts = kernel.db.system().read(store::sum_job_counts).await?;
    let longest_wait = kernel.db.system().read(store::find_longest_wait).await?;
    let mut by_queue: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for count in counts {
        // A subscription's queue is called as the subscription.
        let queue =
            if count.queue.starts_with(LANE_PREFIX) { format!("{LANE_PREFIX}*") } else { count.queue };
        *by_queue.entry(queue).or_default().entry(count.state).or_default() += count.jobs;
    }
    let mut by_state: BTreeMap<&str, i64> = JobState::ALL.map(|state| (state.as_str(), 0)).into();
    for states in by_queue.values() {
        for (state, jobs) in states {
            let known = by_state.iter_mut().find(|(name, _)| **name == state);
            known.into_iter().for_each(|(_, sum)| *sum += jobs);
        }
    }
    let mut samples = page.gauges("steading_jobs", "Jobs in each state.");
    for (state, jobs) in by_state {
        samples.add(&[("state", state)], jobs as f64);
    }
    let mut samples = page.gauges(
        "steading_queue_jobs",
        "Jobs that wait or run, by the name of their queue in any tenant: the 50 queues with the most, and the others.",
    );
    for (queue, states) in fullest(by_queue) {
        for (state, jobs) in states {
            samples.add(&[("queue", &queue), ("state", &state)], jobs as f64);
        }
    }
    let now = kernel.clock.now();
    let waits = longest_wait.map_or(0, |since| now.millis().saturating_sub(since.millis()).max(0));
    page.gauge(
        "steading_oldest_ready_job_seconds",
        "How long the job waits that was made first of those that are ready; 0 when none is.",
        waits as f64 / 1e3,
    );
    let running = kernel.jobs.running();
    page.gauge("steading_workers_busy", "Jobs whose handler runs in this process.", running.busy as f64);
    page.gauge("steading_workers", "Jobs that run at once in this process at most.", running.places as f64);
    page.counter(
        "steading_job_driver_restarts_total",
        "How often the watchdog put a new thread in the place of a silent one.",
        kernel.jobs.restarts() as f64,
    );
    Ok(())
}

const IN_A_QUEUE: [JobState; 3] = [JobState::Scheduled, JobState::Ready, JobState::Running];

/// The queues with the most jobs that are not over, and the sum of the others.
fn fullest(by_queue: BTreeMap<String, BTreeMap<String, i64>>) -> Vec<(String, BTreeMap<String, i64>)> {
    let is_open = |state: &str| IN_A_QUEUE.iter().any(|open| open.as_str() == state);
    let mut queues: Vec<(String, BTreeMap<String, i64>)> = by_queue.into_iter().collect();
    queues.iter_mut().for_each(|(_, states)| states.retain(|state, _| is_open(state)));
    queues.sort_by_key(|(_, states)| std::cmp::Reverse(states.values().sum::<i64>()));
    let rest = queues.split_off(queues.len().min(MOST_QUEUES));
    let mut others: BTreeMap<String, i64> = BTreeMap::new();
    for (state, jobs) in rest.into_iter().flat_map(|(_, states)| states) {
        *others.entry(state).or_default() += jobs;
    }
    queues.extend((!others.is_empty()).then(|| (OTHERS.to_owned(), others)));
    queues
}

pub(super) async fn events(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let totals = kernel.events.totals();
    page.counter("steading_events_published_total", "Events that were published.", totals.published as f64);
    let mut samples = page.counters(
        "steading_deliveries_total",
        "Attempts to deliver an event that ended, by what came of them.",
    );
    samples.add(&[("outcome", "delivered")], totals.delivered as f64);
    samples.add(&[("outcome", "failed")], totals.failed as f64);
    page.counter(
        "steading_deliveries_dead_total",
        "Deliveries that used up their attempts.",
        totals.dead as f64,
    );
    let handlers = kernel.db.system().read(store::count_handlers).await?;
    let mut samples = page.gauges("steading_handlers", "Handlers of events in each state.");
    for state in ["enabled", "disabled", "probing"] {
        let number = handlers.iter().find(|found| found.name == state).map_or(0, |found| found.number);
        samples.add(&[("state", state)], number as f64);
    }
    let letters = kernel.db.system().read(store::count_letters).await?;
    page.gauge(
        "steading_dead_letters",
        "Deliveries that used up their attempts and wait for somebody.",
        letters as f64,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_queues_there_are_the_page_has_few() {
        let queue = |number: i64| (format!("q{number:04}"), BTreeMap::from([("ready".to_owned(), number)]));
        let told = fullest((0..1_000).map(queue).collect());
        assert_eq!(told.len(), MOST_QUEUES + 1);
        assert_eq!(told[0].0, "q0999");
        assert_eq!(told[MOST_QUEUES].0, OTHERS);
        let all: i64 = told.iter().flat_map(|(_, states)| states.values()).sum();
        assert_eq!(all, (0..1_000).sum::<i64>());
    }
}

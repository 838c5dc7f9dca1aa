//! A round: one write that puts down what ended, makes ready what fell due, and claims what comes
//! next. In memory before it: what to claim. In memory after it: what was found.

use std::sync::Arc;
use std::time::Duration;

use super::board::{Claimed, News};
use super::counts::Counts;
use super::engine::Jobs;
use super::finish::{Finished, finish};
use super::lanes::Pick;
use super::model::JobState;
use super::outside::{Ending, end_lease};
use super::store::{self, Claim, ClaimedRow};
use crate::base::db::{SystemWrite, TenantNo};
use crate::base::{Kind, Result, Timestamp};
use crate::kernel::Kernel;

/// So long a round may keep everybody else from the writer. Putting down the end of a delivery takes
/// several times as long as that of a plain job, and a small board several times as long as a server.
const A_ROUND: Duration = Duration::from_millis(10);

/// Attempts that one round puts down, and jobs that it claims, at most.
const MOST_FINISHED: usize = 500;
/// Attempts that it puts down however long they take, once it goes well.
const FEW_FINISHED: usize = 50;
const MOST_CLAIMED: usize = 500;
/// Jobs of one tenant that one round makes ready, and tenants for which it does.
const MOST_PROMOTED: u32 = 250;
const MOST_TENANTS: usize = 8;

/// What one round did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Schedules whose time had come.
    pub fired: usize,
    pub finished: usize,
    pub promoted: usize,
    pub claimed: usize,
    /// Jobs that were picked and not found: another lane may have some.
    pub missed: usize,
}

impl Report {
    pub(super) fn is_idle(self) -> bool {
        self == Self::default()
    }
}

/// What a round sets out to do.
struct Plan {
    finished: Vec<Finished>,
    /// Leases of workers outside that are over.
    endings: Vec<Ending>,
    due: Vec<TenantNo>,
    picks: Vec<Pick>,
    missed: usize,
}

/// What its write found.
#[derive(Default)]
struct Found {
    stale: u64,
    ended: Vec<Ending>,
    news: News,
    promoted: usize,
    claimed: Vec<Vec<ClaimedRow>>,
    took: Duration,
}

/// Does one round. A write that fails changes nothing: what ended waits for the next round.
pub(super) async fn round(kernel: &Arc<Kernel>) -> Result<Report> {
    let now = kernel.clock.now();
    let plan = plan(kernel, now);
    if plan.is_empty() {
        return Ok(Report { missed: plan.missed, ..Report::default() });
    }
    let plan = Arc::new(plan);
    let (shared, jobs) = (Arc::clone(&plan), kernel.jobs.clone());
    let written = kernel.db.system().write(move |tx| write(tx, &jobs, &shared, now)).await;
    match written {
        Ok(found) => Ok(take_in(kernel, &plan, found, now)),
        Err(error) => {
            take_back(kernel, &plan, error.kind() == Kind::Unavailable);
            Err(error)
        }
    }
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.finished.is_empty() && self.endings.is_empty() && self.due.is_empty() && self.picks.is_empty()
    }
}

fn plan(kernel: &Kernel, now: Timestamp) -> Plan {
    let passed = kernel.jobs.passed();
    let mut board = kernel.jobs.board();
    let most = board.most_finished.clamp(1, MOST_FINISHED).min(board.finished.len());
    let finished: Vec<Finished> = board.finished.drain(..most).collect();
    for ended in &finished {
        board.lanes.end(&(ended.attempt.tenant, ended.attempt.queue.clone()));
    }
    let undelivered = board.undelivered.len().min(MOST_FINISHED);
    let gone = board.undelivered.drain(..undelivered);
    let mut endings: Vec<Ending> = gone.map(|(key, lease)| Ending { key, lease, ran_out: None }).collect();
    let lost = board.leases.run_out(passed, MOST_FINISHED - endings.len());
    let lost = lost.into_iter().map(|(key, lease, until)| Ending { key, lease, ran_out: Some(until) });
    endings.extend(lost);
    let due = board.due.by(now, MOST_TENANTS);
    let (mut picks, mut missed) = (Vec::new(), 0);
    if !board.is_stopping {
        let free = board.free().min(MOST_CLAIMED);
        picks = board.lanes.pick(count(free), false, passed);
        // Jobs that end within one flush to disk would leave the workers idle for the next one.
        let ahead = (board.pace * 2).min(MOST_CLAIMED).saturating_sub(board.waiting.len() + free);
        picks.extend(board.lanes.pick(count(ahead), true, passed));
        board.pace = 0;
    }
    picks.retain(|pick| {
        let is_active = kernel.jobs.is_active(pick.lane.0);
        if !is_active {
            board.lanes.picked(pick, 0);
            missed += pick.jobs as usize;
        }
        is_active
    });
    let plan = Plan { finished, endings, due, picks, missed };
    board.writing += usize::from(!plan.is_empty());
    plan
}

fn count(jobs: usize) -> u32 {
    u32::try_from(jobs).unwrap_or(u32::MAX)
}

fn write(tx: &SystemWrite<'_>, jobs: &Jobs, plan: &Plan, now: Timestamp) -> Result<Found> {
    let began = jobs.passed();
    let mut counts = Counts::default();
    let mut found = Found::default();
    for ended in &plan.finished {
        if !finish(tx, ended, &mut counts, &mut found.news, now)? {
            found.stale += 1;
        }
    }
    for ending in &plan.endings {
        if end_lease(tx, jobs, ending, &mut counts, &mut found.news, now)? {
            found.ended.push(*ending);
        }
    }
    for &tenant in &plan.due {
        for (id, queue) in store::promote_jobs(tx, tenant, now, MOST_PROMOTED)? {
            counts.moved(tenant, &queue, id, JobState::Scheduled, JobState::Ready);
            found.news.ready(tenant, &queue);
            found.promoted += 1;
        }
        // On the writer's thread, so that what a later write tells of is not lost under this.
        let (next, jobs) = (store::next_due(tx, tenant)?, tx.attendant::<Jobs>()?.clone());
        tx.after_commit(move || jobs.board().due.set(tenant, next));
    }
    for pick in &plan.picks {
        let (tenant, queue) = (pick.lane.0, &pick.lane.1);
        let claim =
            Claim { queue, with_spare: pick.is_ahead, kinds: None, lease_until: None, limit: pick.jobs };
        let rows = store::claim_jobs(tx, tenant, &claim, now)?;
        for row in &rows {
            counts.moved(tenant, queue, row.id, JobState::Ready, JobState::Running);
        }
        found.claimed.push(rows);
    }
    counts.write(tx)?;
    found.took = jobs.passed().saturating_sub(began);
    Ok(found)
}

/// How many attempts the next round may put down, when this one put down so many in such a time.
fn next_most(most: usize, finished: usize, took: Duration) -> usize {
    if took < A_ROUND / 2 {
        return (most * 2).clamp(1, MOST_FINISHED);
    }
    if took <= A_ROUND {
        return most;
    }
    let fitting = finished as f64 * A_ROUND.as_secs_f64() / took.as_secs_f64();
    (fitting as usize).clamp(most.min(FEW_FINISHED), most)
}

/// The write is on disk: the board learns of it, and what was claimed begins.
fn take_in(kernel: &Arc<Kernel>, plan: &Plan, found: Found, now: Timestamp) -> Report {
    let finished = plan.finished.len() + plan.endings.len();
    let mut report = Report { finished, promoted: found.promoted, ..Report::default() };
    let passed = kernel.jobs.passed();
    let mut board = kernel.jobs.board();
    board.writing -= 1;
    board.stale += found.stale;
    for ending in &found.ended {
        board.end_lease(ending.key, ending.lease);
    }
    // One that nobody extended and that was over before is remembered by mistake.
    for Ending { key, lease, .. } in plan.endings.iter().copied() {
        if board.leases.has_run_out(key, lease, passed) {
            board.end_lease(key, lease);
        }
    }
    board.most_finished = next_most(board.most_finished, plan.finished.len(), found.took);
    for (tenant, at) in found.news.due {
        board.due.note(tenant, at);
    }
    for (pick, rows) in plan.picks.iter().zip(found.claimed) {
        report.claimed += rows.len();
        report.missed += pick.jobs as usize - rows.len();
        board.lanes.picked(pick, count(rows.len()));
        // A tenant that went away meanwhile takes its jobs along.
        if let Some(tenant) = kernel.tenants.find_by_number(pick.lane.0) {
            for row in rows {
                let key = (tenant.number, row.id);
                let claimed = Claimed { tenant: Arc::clone(&tenant), row, claimed_at: now };
                match board.cancelled_early.contains(&key) {
                    true => board.finished.push(claimed.returned(true)),
                    false => board.waiting.push_back(claimed),
                }
            }
        }
    }
    board.cancelled_early.clear();
    for lane in &found.news.ready {
        board.lanes.ring(lane);
    }
    drop(board);
    kernel.jobs.begin_waiting();
    report
}

/// Nothing was written: the board is as it was before the plan.
fn take_back(kernel: &Kernel, plan: &Plan, is_passing: bool) {
    let Plan { finished, endings, due, picks, .. } = plan;
    let mut board = kernel.jobs.board();
    board.writing -= 1;
    let gone = endings.iter().filter(|ending| ending.ran_out.is_none());
    board.undelivered.extend(gone.map(|ending| (ending.key, ending.lease)));
    for pick in picks {
        board.lanes.picked(pick, 0);
        board.lanes.ring(&pick.lane);
    }
    for tenant in due {
        board.due.note(*tenant, kernel.clock.now());
    }
    // One that can never be written down must not hold up the others: it is tried alone, and its
    // job goes on with the next start, as after a crash.
    let is_given_up = finished.len() == 1 && board.most_finished == 1 && !is_passing;
    board.most_finished = 1;
    if is_given_up {
        tracing::error!(job = %finished[0].attempt.job, "what came of this job can't be written down");
        return;
    }
    for ended in finished.iter().rev() {
        board.lanes.count_running(&(ended.attempt.tenant, ended.attempt.queue.clone()));
        board.finished.insert(0, ended.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLIS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn a_round_that_takes_long_is_followed_by_a_smaller_one() {
        assert_eq!(next_most(500, 500, MILLIS(25)), 200);
        assert_eq!(next_most(500, 60, MILLIS(200)), FEW_FINISHED);
        assert_eq!(next_most(20, 20, MILLIS(200)), 20);
    }

    #[test]
    fn one_that_is_quick_by_a_larger_one() {
        assert_eq!(next_most(1, 1, MILLIS(0)), 2);
        assert_eq!(next_most(400, 400, MILLIS(4)), MOST_FINISHED);
        assert_eq!(next_most(200, 200, MILLIS(9)), 200);
    }
}

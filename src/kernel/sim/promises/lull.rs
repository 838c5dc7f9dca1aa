//! What holds where nothing is under way: asked in a lull, after the process has looked through the rows.

use crate::kernel::jobs::JobState::{Ready, Running, Scheduled};
use crate::kernel::sim::book::{Attempt, Book, Verdict, ensure};
use crate::kernel::sim::rows::{JobRow, shown};

/// Of a tenant that works; what ran in another goes on as it may.
fn is_at_work(book: &Book, row: &JobRow) -> bool {
    book.tenants.get(&row.tenant).is_some_and(|tenant| tenant.is_active)
}

/// Of what this process had begun nothing is forgotten: each attempt is put down once who worked has ended.
pub fn what_has_begun_comes_to_its_end(book: &Book, begun: &[Attempt]) -> Verdict {
    for (job, lease) in begun {
        let Some(row) = book.jobs.get(job).filter(|row| is_at_work(book, row)) else { continue };
        let goes_on = row.state == Running && row.lease == *lease;
        ensure(!goes_on, || format!("lease {lease} of {} is not put down: {row:?}", shown(*job)))?;
    }
    Ok(())
}

/// One that nobody gives back is lost to all jobs to come, and one too few lets too many begin.
pub fn who_runs_fills_a_place_and_nobody_else(book: &Book, tenant: i64, filled: u32) -> Verdict {
    let run = book.jobs.iter().filter(|(_, row)| row.tenant == tenant && row.state == Running).count();
    ensure(book.is_gone(tenant) || run == filled as usize, || {
        format!("{run} jobs of the tenant {tenant} run, and {filled} places are filled")
    })
}

pub fn nobody_waits_whose_time_has_come(book: &Book, now: i64) -> Verdict {
    let is_late = |row: &JobRow| row.state == Scheduled && row.run_at <= now && is_at_work(book, row);
    let late = book.jobs.iter().find(|(_, row)| is_late(row));
    ensure(late.is_none(), || format!("it is {now}, and {late:?} still waits for its time"))
}

/// Where there is no rate. Of lanes that workers outside serve it is they who must ask.
pub fn nobody_waits_beside_a_free_place(book: &Book, places: usize) -> Verdict {
    let run = |is_meant: &dyn Fn(&JobRow) -> bool| {
        book.jobs.iter().filter(|(_, row)| row.state == Running && is_meant(row)).count()
    };
    if run(&|row| row.lease_until.is_none()) >= places {
        return Ok(());
    }
    for (job, row) in book.jobs.iter().filter(|(_, row)| row.state == Ready && is_at_work(book, row)) {
        let rules = book.queues.get(&row.lane());
        let may = rules.is_none_or(|queue| {
            let has_room = |most| (run(&|other| other.lane() == row.lane()) as i64) < most;
            !queue.is_paused
                && !queue.is_outside
                && queue.rate.is_none()
                && queue.concurrency.is_none_or(has_room)
        });
        let has_place = run(&|other| other.tenant == row.tenant) < book.tenant_limit;
        ensure(!may || !has_place, || format!("{} could begin and waits: {row:?}", shown(*job)))?;
    }
    Ok(())
}

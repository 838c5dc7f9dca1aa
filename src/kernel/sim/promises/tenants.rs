//! What is promised of tenants that are deleted.

use crate::kernel::sim::book::{Book, Verdict, ensure};
use crate::kernel::sim::rows::JobRow;

/// Nothing of the others is touched while a tenant is erased.
pub fn only_who_is_deleted_is_erased(book: &Book, row: Option<&JobRow>) -> Verdict {
    let spared = row.filter(|row| !book.is_gone(row.tenant));
    ensure(spared.is_none(), || format!("{spared:?} was erased, and its tenant was not deleted"))
}

/// A tenant's row goes last.
pub fn nothing_remains_of_who_was_deleted(book: &Book) -> Verdict {
    for tenant in book.piece.tenants.iter().filter(|tenant| book.tenants.get(tenant).is_none()) {
        let left = [
            book.jobs.iter().filter(|(_, row)| row.tenant == *tenant).count(),
            book.counts.iter().filter(|((lane, _), _)| lane.0 == *tenant).count(),
            book.queues.iter().filter(|(lane, _)| lane.0 == *tenant).count(),
            book.events.iter().filter(|(_, row)| row.tenant == *tenant).count(),
            book.deliveries.iter().filter(|(_, row)| row.tenant == *tenant).count(),
            book.subscriptions.iter().filter(|(_, row)| row.tenant == *tenant).count(),
            book.groups.iter().filter(|((of, _), _)| of == tenant).count(),
            book.schedules.iter().filter(|(_, row)| row.tenant == *tenant).count(),
            book.firings.iter().filter(|(_, row)| row.tenant == *tenant).count(),
        ];
        ensure(left == [0; 9], || format!("of the tenant {tenant}, which is gone, there are {left:?} rows"))?;
    }
    Ok(())
}

/// Asked when everybody has stopped and the process has erased all that it was to.
pub fn who_was_deleted_is_gone(book: &Book) -> Verdict {
    let left = book.tenants.iter().find(|(_, row)| row.is_leaving);
    ensure(left.is_none(), || format!("the tenant {left:?} was deleted and is still there"))
}

/// Nor does anything begin in it; asked of a handler that was begun at that moment.
pub fn nothing_begins_in_a_tenant_that_does_not_work(book: &Book, tenant: i64, moment: u64) -> Verdict {
    let since = book.suspended.get(&tenant).filter(|since| **since < moment);
    ensure(since.is_none(), || format!("a handler of the tenant {tenant} began, which is not at work"))
}

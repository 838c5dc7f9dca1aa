//! Reads inside the process: through the tenant's view, and beside it on the base table with the
//! filter written by hand. The rounds of the two alternate, so that what disturbs one disturbs both.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::desk::Desk;
use super::statements::{self, RequestRow, find_by_hand, list_by_hand};
use super::stats::{Times, ratio, times_of};
use crate::base::db::{Plain, Synchronous, TenantNo};
use crate::base::{Error, Id, Result};
use crate::bind;

pub const LIST_LENGTH: i64 = 50;

/// Reads of one kind before it is the other's turn.
const READS_IN_A_ROUND: usize = 100;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    pub read: &'static str,
    pub view: Times,
    pub by_hand: Times,
    /// The medians' ratio; 1 means that isolation costs nothing.
    pub ratio: Option<f64>,
}

pub fn measure(
    desk: &Desk,
    file: &Path,
    synchronous: Synchronous,
    span: Duration,
) -> Result<Vec<Comparison>> {
    let plain = Plain::open(file, synchronous)?;
    let db = &desk.kernel.db;
    Ok(vec![
        compare(
            "one request by id",
            desk,
            span,
            |tenant, id| expect(db.read_here(&tenant, |tx| tx.all(statements::find(), bind! { id: id }))?, 1),
            |tenant, id| expect(plain.all(find_by_hand(), bind! { tenant: tenant, id: id })?, 1),
        )?,
        compare(
            "a list of 50",
            desk,
            span,
            |tenant, _| {
                expect(
                    db.read_here(&tenant, |tx| tx.all(statements::list(), bind! { limit: LIST_LENGTH }))?,
                    LIST_LENGTH,
                )
            },
            |tenant, _| {
                let params = bind! { tenant: tenant, limit: LIST_LENGTH };
                expect(plain.all(list_by_hand(), params)?, LIST_LENGTH)
            },
        )?,
    ])
}

fn compare(
    read: &'static str,
    desk: &Desk,
    span: Duration,
    view: impl Fn(TenantNo, Id<RequestRow>) -> Result<()>,
    by_hand: impl Fn(TenantNo, Id<RequestRow>) -> Result<()>,
) -> Result<Comparison> {
    // The first round opens connections and prepares statements; it does not count.
    round(desk, &view, &mut Vec::new())?;
    round(desk, &by_hand, &mut Vec::new())?;
    let (mut through_view, mut filtered) = (Vec::new(), Vec::new());
    let end = Instant::now() + span;
    while Instant::now() < end || filtered.is_empty() {
        round(desk, &view, &mut through_view)?;
        round(desk, &by_hand, &mut filtered)?;
    }
    let (view, by_hand) = (times_of(through_view), times_of(filtered));
    Ok(Comparison { read, view, by_hand, ratio: ratio(view.p50_micros, by_hand.p50_micros) })
}

fn round(
    desk: &Desk,
    read: &impl Fn(TenantNo, Id<RequestRow>) -> Result<()>,
    taken: &mut Vec<Duration>,
) -> Result<()> {
    for _ in 0..READS_IN_A_ROUND {
        let (tenant, id) = desk.requests[fastrand::usize(..desk.requests.len())];
        let began = Instant::now();
        read(tenant, id)?;
        taken.push(began.elapsed());
    }
    Ok(())
}

/// A fast wrong answer would be no figure.
fn expect(rows: Vec<RequestRow>, count: i64) -> Result<()> {
    if rows.len() as i64 == count {
        return Ok(());
    }
    Err(Error::internal(format!("a read that is measured answered {} rows instead of {count}", rows.len())))
}

//! Durable inserts: through the writer, which shares one flush among all who wait, and beside it
//! one transaction for each, as programs with a pool of connections do it.

use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde::Serialize;

use super::desk::Desk;
use super::statements::{self, RequestRow, insert_alone};
use super::stats::{ROUNDS, Rate, Timings, rate_of, ratio};
use crate::base::db::{Plain, Synchronous, TenantNo};
use crate::base::{Error, Result};

const SUBMITTERS: [usize; 4] = [1, 8, 64, 256];

/// So many submit at the same time, each its next as soon as its last is on disk.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    pub submitters: usize,
    pub grouped: Rate,
    pub alone: Rate,
    pub ratio: Option<f64>,
}

pub fn measure(desk: &Desk, file: &Path, synchronous: Synchronous, span: Duration) -> Result<Vec<Cell>> {
    let cell = |submitters| {
        let (mut together, mut apart) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            together.extend(grouped(desk, submitters, span / ROUNDS)?);
            apart.extend(alone(desk, file, synchronous, submitters, span / ROUNDS)?);
        }
        let (grouped, alone) = (rate_of(together, span), rate_of(apart, span));
        let ratio = ratio(grouped.per_second, alone.per_second);
        Ok(Cell { submitters, grouped, alone, ratio })
    };
    SUBMITTERS.into_iter().map(cell).collect()
}

fn grouped(desk: &Desk, submitters: usize, span: Duration) -> Result<Vec<Duration>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(Error::internal)?;
    let end = Instant::now() + span;
    let taken = runtime.block_on(try_join_all((0..submitters).map(|nth| submit(desk, nth, end))))?;
    Ok(taken.concat())
}

async fn submit(desk: &Desk, nth: usize, end: Instant) -> Result<Vec<Duration>> {
    let tenant = desk.tenant_of(nth);
    let mut timings = Timings::until(end);
    while timings.goes_on() {
        let began = Instant::now();
        let draft = desk.draft();
        desk.kernel
            .db
            .write(&tenant, move |tx| tx.one::<RequestRow>(statements::insert(), &draft.params()).map(drop))
            .await?;
        timings.note(began);
    }
    Ok(timings.into_taken())
}

fn alone(
    desk: &Desk,
    file: &Path,
    synchronous: Synchronous,
    submitters: usize,
    span: Duration,
) -> Result<Vec<Duration>> {
    let ready = Arc::new(Barrier::new(submitters));
    let threads: Vec<_> = (0..submitters)
        .map(|nth| {
            let (desk, file, ready) = (desk.clone(), file.to_owned(), Arc::clone(&ready));
            thread::spawn(move || {
                let opened = Plain::open(&file, synchronous);
                ready.wait();
                write_alone(&desk, &opened?, desk.tenant_of(nth), Instant::now() + span)
            })
        })
        .collect();
    let taken: Result<Vec<Vec<Duration>>> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap_or_else(|_| Err(Error::internal("a submitter panicked"))))
        .collect();
    Ok(taken?.concat())
}

fn write_alone(desk: &Desk, plain: &Plain, tenant: TenantNo, end: Instant) -> Result<Vec<Duration>> {
    let mut timings = Timings::until(end);
    while timings.goes_on() {
        let began = Instant::now();
        let params = desk.draft().params_in(tenant);
        if plain.write_alone(insert_alone(), &params, || timings.goes_on())? {
            timings.note(began);
        }
    }
    Ok(timings.into_taken())
}

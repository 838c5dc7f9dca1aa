//! The crowd: a thousand tenants, and jobs that lie in the file as time would have put them there,
//! those of one tenant among those of all the others.

use std::path::PathBuf;
use std::sync::Arc;

use super::{TENANTS, database};
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::{Param, Plain, Sql, Synchronous, Write, fill};
use crate::base::{Clock, Error, Result};
use crate::bind;
use crate::cli::bench::desk::{Desk, make_owner};
use crate::cli::bench::statements;
use crate::kernel::Features;
use crate::kernel::tenants::{NewTenant, Tenant, create_tenant};
use crate::server;

const TENANTS_A_WRITE: usize = 100;

/// Rows that one statement makes.
const ROWS: usize = 250_000;

pub struct Crowd {
    pub file: PathBuf,
    /// The one with a fifth of all jobs comes first.
    pub tenants: Vec<Tenant>,
    pub token: String,
    now: i64,
    rows: usize,
}

impl Crowd {
    /// Makes the tenants.
    pub async fn gather(config: &Config) -> Result<Self> {
        let data = DataDir::prepare(&config.server.data)?;
        let running = server::start_with(config.clone(), data, Clock::System, &Features::default()).await?;
        let kernel = running.app.kernel();
        let owner = make_owner(kernel).await?;
        let mut tenants = Vec::with_capacity(TENANTS);
        for begin in (0..TENANTS).step_by(TENANTS_A_WRITE) {
            let (who, by, now, made) =
                (kernel.operator()?, kernel.operator()?, kernel.clock.now(), Arc::clone(kernel));
            let make = move |nth: usize, tx: &Write<'_>| {
                let slug = format!("tenant-{nth}");
                let new = NewTenant {
                    name: slug.parse().map_err(Error::internal)?,
                    slug: slug.parse().map_err(Error::internal)?,
                    hosts: Vec::new(),
                    owner: Some(owner),
                };
                create_tenant(tx, &made, &by, &new, owner, now)
            };
            let some = move |tx: &Write<'_>| {
                (begin..begin + TENANTS_A_WRITE).map(|nth| make(nth, tx)).collect::<Result<Vec<_>>>()
            };
            tenants.extend(kernel.db.write(&who, some).await?);
        }
        let token =
            Desk { kernel: Arc::clone(kernel), tenants: [].into(), owner, requests: [].into() }.token()?;
        let now = kernel.clock.now().millis();
        running.stop_now().await;
        Ok(Self { file: database(config)?, tenants, token, now, rows: 0 })
    }

    /// Adds jobs until so many wait; one in eleven is over.
    pub fn grow(&mut self, waiting: usize) -> Result<()> {
        let rows = waiting * 11 / 10;
        let pieces: Vec<_> = (self.rows + 1..=rows)
            .step_by(ROWS)
            .map(|from| (from as i64, rows.min(from + ROWS - 1) as i64))
            .collect();
        let (first, now, tenants) = (self.tenants[0].number, self.now, TENANTS as i64);
        let statements: Vec<(&Sql, Vec<Param<'_>>)> = pieces
            .iter()
            .flat_map(|&(from, to)| {
                let jobs = bind! { from: from, to: to, now: now, tenants: tenants, first_tenant: first };
                let made = bind! { from: from, to: to };
                [
                    (statements::seed_jobs(), jobs.to_vec()),
                    (statements::seed_tags(), made.to_vec()),
                    (statements::seed_counts(), made.to_vec()),
                ]
            })
            .collect();
        self.rows = rows;
        fill(&self.file, "jobs_all", &statements)
    }

    /// Leaves only the first tenant active, or lets all go on.
    pub fn suspend_others(&self, suspended: bool) -> Result<()> {
        let (tenant, state) = (self.tenants[0].number, if suspended { "suspended" } else { "active" });
        let plain = Plain::open(&self.file, Synchronous::Normal)?;
        let set = statements::set_others_state();
        plain.write_alone(set, bind! { tenant: tenant, state: state }, || true).map(drop)
    }

    /// The number of a tenant with a thousandth of the jobs, more or less.
    pub const SMALL: usize = TENANTS / 2;

    /// The last job in a tenant's line, by the same rules as the statement's.
    pub fn last_of(&self, tenant: usize) -> String {
        let holder = |row: usize| if row.is_multiple_of(5) { 0 } else { 1 + row * 7_919 % (TENANTS - 1) };
        let waits = |row: &usize| holder(*row) == tenant && !row.is_multiple_of(11);
        let row = (1..=self.rows).rev().find(waits).unwrap_or_default();
        let made_at = self.made_at(row);
        format!("{:08x}-{:04x}-7000-8000-{row:012x}", made_at >> 16, made_at & 0xffff)
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// When the n-th job was made, in milliseconds; as the statement has it.
    pub fn made_at(&self, row: usize) -> i64 {
        self.now - 600_000_000 + row as i64 * 100
    }
}

//! Neighbours: how long a tenant's requests take while another asks as fast as it can, beside while it is quiet. In an
//! instance of its own, with the limits that are configured.
//!
//! The other tenant has many users who list, read and write over many connections. What it may ask for at once is used
//! up before anything is measured, so what is seen is what lasts.
//!
//! Whoever makes the noise shares the processors with the server, which on a real network he does not. So he stands
//! back behind everything that serves, and what he took all the same is told beside what came of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::desk::Desk;
use super::http::{LIST, OPEN, SHOW, request};
use super::load::{self, Outcome};
use super::stats::{ROUNDS, Times, ratio, times_of};
use crate::base::config::{self, Config};
use crate::base::crew::stand_back;
use crate::base::data_dir::DataDir;
use crate::base::{Clock, Error, Id, Result};
use crate::kernel::Who;
use crate::kernel::identity::{Allowed, Claims, Grantor, NewUser, Subject, User, create_user};
use crate::kernel::tenants::Tenant;
use crate::server;

/// Connections over which the other tenant asks.
const CONNECTIONS: usize = 32;

/// Its users.
const USERS: usize = 8;

/// Longer than what may be asked for at once lasts.
const UNTIL_IT_LASTS: Duration = Duration::from_secs(3);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    pub request: &'static str,
    pub quiet: Times,
    pub beside: Times,
    /// Of the two 99th percentiles.
    pub slowdown: Option<f64>,
    /// What the other was granted and refused meanwhile.
    pub granted_per_second: f64,
    pub refused_per_second: f64,
    /// What making the noise took of one processor; nothing where the system does not say.
    pub noise_percent: Option<f64>,
    pub errors: usize,
}

pub async fn measure(
    config: &Config,
    limits: &config::Limits,
    dir: &Path,
    requests: usize,
    span: Duration,
) -> Result<Vec<Cell>> {
    let mut config = config.clone();
    config.server.data = dir.to_owned();
    config.limits = limits.clone();
    config.limits.burst = "1s".parse().map_err(Error::internal)?;
    let running = server::start(config, DataDir::prepare(dir)?, Clock::System).await?;
    let desk = Desk::furnish(running.app.kernel(), requests).await?;
    let (one, other) = (&desk.tenants[0], &desk.tenants[1]);
    let quiet = people(&desk, one, 1).await?;
    let noisy = people(&desk, other, USERS).await?;
    let asked = asks(&desk, one, &quiet[0]);
    let noise: Arc<[Vec<u8>]> =
        noisy.iter().flat_map(|token| asks(&desk, other, token)).map(|(_, request, _)| request).collect();
    let address = running.address;
    let cells = spawn_blocking(move || {
        asked.into_iter().map(|asked| beside(address, asked, &noise, span)).collect::<Result<Vec<_>>>()
    });
    let cells = cells.await.map_err(Error::internal)??;
    running.stop_now().await;
    Ok(cells)
}

/// What is asked, as it goes over the wire, and the status of a good reply.
type Asked = (&'static str, Vec<u8>, u16);

fn asks(desk: &Desk, tenant: &Tenant, token: &str) -> [Asked; 3] {
    let id = desk.requests.iter().find(|(number, _)| *number == tenant.number);
    let path = format!("GET /api/requests/{}", id.map(|(_, id)| id.to_string()).unwrap_or_default());
    let body = json!({ "title": "Neighbours" }).to_string();
    [
        (SHOW, request(token, &path, &tenant.slug, ""), 200),
        (LIST, request(token, LIST, &tenant.slug, ""), 200),
        (OPEN, request(token, OPEN, &tenant.slug, &body), 201),
    ]
}

/// The two take turns, so that what disturbs the machine disturbs both.
fn beside(
    address: SocketAddr,
    (name, request, status): Asked,
    noise: &Arc<[Vec<u8>]>,
    span: Duration,
) -> Result<Cell> {
    let requests = [request];
    let ask = || load::send(address, &requests, status, 1, span / ROUNDS);
    let (mut quiet, mut meanwhile, mut loud) = (Outcome::default(), Outcome::default(), Outcome::default());
    let mut noise_took = Some(Duration::ZERO);
    for _ in 0..ROUNDS {
        quiet.add(ask()?);
        let (noise, lasting) = (Arc::clone(noise), UNTIL_IT_LASTS.min(span) + span / ROUNDS);
        let noisy = thread::spawn(move || {
            stand_back();
            let made = load::send_all(address, &noise, is_granted, CONNECTIONS, lasting);
            made.map(|outcome| (outcome, processor_time()))
        });
        thread::sleep(UNTIL_IT_LASTS.min(span));
        meanwhile.add(ask()?);
        let (outcome, took) = noisy.join().map_err(|_| Error::internal("the noise panicked"))??;
        loud.add(outcome);
        noise_took = noise_took.zip(took).map(|(sum, took)| sum + took);
    }
    let seconds = (UNTIL_IT_LASTS.min(span) * ROUNDS + span).as_secs_f64();
    let errors = quiet.errors + meanwhile.errors;
    let (quiet, beside) = (times_of(quiet.taken), times_of(meanwhile.taken));
    Ok(Cell {
        request: name,
        slowdown: ratio(beside.p99_micros, quiet.p99_micros),
        quiet,
        beside,
        granted_per_second: loud.taken.len() as f64 / seconds,
        refused_per_second: loud.errors as f64 / seconds,
        noise_percent: noise_took.map(|took| took.as_secs_f64() / seconds * 100.0),
        errors,
    })
}

/// What this thread took of a processor since it began.
fn processor_time() -> Option<Duration> {
    let taken = clock_gettime(ClockId::ThreadCPUTime);
    Some(Duration::new(taken.tv_sec.try_into().ok()?, taken.tv_nsec.try_into().ok()?))
}

fn is_granted(status: u16) -> bool {
    matches!(status, 200 | 201)
}

/// Users of this tenant, each with a token.
async fn people(desk: &Desk, tenant: &Tenant, count: usize) -> Result<Vec<String>> {
    let kernel = &desk.kernel;
    let found = kernel.tenants.find_by_id(tenant.id).ok_or_else(|| Error::internal("a tenant is gone"))?;
    let who = Who { tenant: found, ..kernel.operator()? };
    let everything = "*:*".parse().map_err(Error::internal)?;
    let by = Grantor { who: who.clone(), allowed: Allowed::only(vec![everything]), is_limited: false };
    let now = kernel.clock.now();
    let made = kernel.db.write(&who, move |tx| {
        (0..count)
            .map(|nth| {
                let email = format!("person-{nth}@bench.example").parse().map_err(Error::internal)?;
                let new = NewUser { email, name: Default::default(), password: None, role: None };
                create_user(tx, &by, &new, None, now).map(|made| made.user.id)
            })
            .collect::<Result<Vec<Id<User>>>>()
    });
    let token = |id: Id<User>| {
        let expires_at = now + Duration::from_hours(1);
        let subject = Subject::User(id);
        let claims =
            Claims { realm: tenant.id, subject, token: Id::fresh(), tenant: None, is_key: false, expires_at };
        kernel.identity.mint(claims).map(|minted| minted.token)
    };
    made.await?.into_iter().map(token).collect()
}

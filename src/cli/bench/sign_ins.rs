//! Sign-ins: a crowd that signs in at once, in a server of its own, and what it costs the others:
//! the time of a read, and the memory of the process.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::desk::Desk;
use super::load::{self, Connection};
use super::start::{Server, memory_of};
use super::stats::{ROUNDS, Times, ratio, times_of};
use crate::base::{Error, Result};
use crate::kernel::identity::{Allowed, Email, Grantor, NewPassword, NewUser, create_user};

/// So many sign in at once, each again as soon as he is in.
const CROWD: usize = 64;

const PASSWORD: &str = "correct horse battery staple";

/// How long after the last sign-in the memory is read again.
const SETTLED: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIns {
    pub at_once: usize,
    pub per_second: f64,
    #[serde(flatten)]
    pub times: Times,
    /// Who did not get in.
    pub errors: usize,
    /// One request by id, over and over on one connection: while nobody signs in, and meanwhile.
    pub read_idle: Times,
    pub read_meanwhile: Times,
    /// Of the two 99th percentiles.
    pub slowdown: Option<f64>,
    /// The most memory that was held, and what is held afterwards.
    pub peak_bytes: Option<u64>,
    pub bytes_after: Option<u64>,
}

/// Makes the crowd, as accounts, and gives back how each signs in.
pub async fn gather(desk: &Desk) -> Result<Vec<Vec<u8>>> {
    let kernel = &desk.kernel;
    let password: NewPassword = PASSWORD.parse().map_err(Error::internal)?;
    let hash = kernel.identity.hash_password(Some(&password)).await?;
    let people: Vec<String> = (1..=CROWD).map(|nth| format!("person-{nth}@bench.example")).collect();
    let emails = people.iter().map(|email| email.parse().map_err(Error::internal));
    let emails = emails.collect::<Result<Vec<Email>>>()?;
    let by = Grantor { who: kernel.operator()?, allowed: Allowed::nothing(), is_limited: false };
    let (who, now) = (kernel.operator()?, kernel.clock.now());
    kernel
        .db
        .write(&who, move |tx| {
            emails.iter().cloned().try_for_each(|email| {
                let new = NewUser { email, name: Default::default(), password: None, role: None };
                create_user(tx, &by, &new, hash.as_ref(), now).map(drop)
            })
        })
        .await?;
    Ok(people.iter().map(String::as_str).map(sign_in).collect())
}

fn sign_in(email: &str) -> Vec<u8> {
    let body = json!({ "email": email, "password": PASSWORD }).to_string();
    format!(
        "POST /api/auth/login HTTP/1.1\r\nhost: bench.example\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Starts a server on the data of the desk, which nothing else holds any more.
pub async fn measure(
    data: &Path,
    config: Option<&Path>,
    sign_ins: Vec<Vec<u8>>,
    reads: Vec<Vec<u8>>,
    span: Duration,
) -> Result<SignIns> {
    let binary = std::env::current_exe().map_err(Error::internal)?;
    let without_limits = [("STEADING__LIMITS__RATES", "false")];
    let (server, _) = Server::start_with(&binary, data, config, &without_limits).await?;
    let address = server.address;
    let measuring = spawn_blocking(move || crowd(address, &Arc::from(sign_ins), &reads, span));
    let mut measured = measuring.await.map_err(Error::internal)??;
    measured.peak_bytes = memory_of(server.pid(), "VmHWM:");
    tokio::time::sleep(SETTLED).await;
    measured.bytes_after = memory_of(server.pid(), "VmRSS:");
    server.stop().await?;
    Ok(measured)
}

/// The two take turns, so that what disturbs the machine disturbs both.
fn crowd(
    address: SocketAddr,
    sign_ins: &Arc<[Vec<u8>]>,
    reads: &[Vec<u8>],
    span: Duration,
) -> Result<SignIns> {
    let read = || load::send(address, reads, 200, 1, span / ROUNDS);
    let (mut taken, mut errors, mut lasted) = (Vec::new(), 0, Duration::ZERO);
    let (mut idle, mut meanwhile) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        idle.extend(read()?.taken);
        let arrivals = Arc::clone(sign_ins);
        let arriving = thread::spawn(move || arrive(address, &arrivals, span / ROUNDS));
        meanwhile.extend(read()?.taken);
        let done = arriving.join().map_err(|_| Error::internal("the crowd panicked"))??;
        taken.extend(done.taken);
        errors += done.errors;
        lasted += done.lasted;
    }
    let (read_idle, read_meanwhile) = (times_of(idle), times_of(meanwhile));
    Ok(SignIns {
        at_once: sign_ins.len(),
        per_second: taken.len() as f64 / lasted.as_secs_f64(),
        times: times_of(taken),
        errors,
        slowdown: ratio(read_meanwhile.p99_micros, read_idle.p99_micros),
        read_idle,
        read_meanwhile,
        peak_bytes: None,
        bytes_after: None,
    })
}

struct Arrived {
    taken: Vec<Duration>,
    errors: usize,
    /// Until the last one was in.
    lasted: Duration,
}

fn arrive(address: SocketAddr, sign_ins: &[Vec<u8>], span: Duration) -> Result<Arrived> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
    let began = Instant::now();
    let everybody = sign_ins.iter().map(|sign_in| repeat(address, sign_in, began + span));
    let outcomes = runtime.block_on(join_all(everybody));
    let lasted = began.elapsed();
    let (taken, errors): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
    Ok(Arrived { taken: taken.concat(), errors: errors.iter().sum(), lasted })
}

/// One person, who signs in once at least.
async fn repeat(address: SocketAddr, sign_in: &[u8], end: Instant) -> (Vec<Duration>, usize) {
    let Ok(mut connection) = Connection::to(address).await else { return (Vec::new(), 1) };
    let (mut taken, mut errors) = (Vec::new(), 0);
    loop {
        let began = Instant::now();
        match connection.ask(sign_in).await {
            Ok(201) => taken.push(began.elapsed()),
            Ok(_) => errors += 1,
            Err(_) => return (taken, errors + 1),
        }
        if Instant::now() >= end {
            return (taken, errors);
        }
    }
}

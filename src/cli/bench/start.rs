//! Start-up: this binary's `serve` as its operator starts it, from the start of the process to its
//! first answer, and the memory that it then holds.

use std::io::BufReader;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Deserializer, Value};
use tokio::task::spawn_blocking;

use super::load::Connection;
use crate::base::{Error, Result};

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server idles before its memory is read.
const IDLE: Duration = Duration::from_secs(1);

const PROBE: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: bench.example\r\n\r\n";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// The first start in a directory, which makes the database and the signing key.
    pub empty_millis: f64,
    /// A later start in the same directory; the median of several.
    pub existing_millis: f64,
    /// What an idle server holds in memory; nothing where the system does not say.
    pub idle_bytes: Option<u64>,
    pub binary_bytes: u64,
}

/// Starts it in this directory, which does not exist yet, and then again as often as told.
pub async fn measure(data: &Path, config: Option<&Path>, again: usize) -> Result<Start> {
    let binary = std::env::current_exe().map_err(Error::internal)?;
    let binary_bytes = binary.metadata().map_err(Error::internal)?.len();
    let (server, empty) = Server::start(&binary, data, config).await?;
    tokio::time::sleep(IDLE).await;
    let idle_bytes = memory_of(server.pid(), "VmRSS:");
    server.stop().await?;
    let mut existing = Vec::with_capacity(again);
    for _ in 0..again {
        let (server, took) = Server::start(&binary, data, config).await?;
        server.stop().await?;
        existing.push(took.as_secs_f64() * 1e3);
    }
    existing.sort_unstable_by(f64::total_cmp);
    let existing_millis = existing.get(existing.len() / 2).copied().unwrap_or_default();
    Ok(Start { empty_millis: empty.as_secs_f64() * 1e3, existing_millis, idle_bytes, binary_bytes })
}

/// A server in a process of its own. It does not outlive this value.
pub struct Server {
    pub address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts it and waits for its first answer.
    pub async fn start(binary: &Path, data: &Path, config: Option<&Path>) -> Result<(Self, Duration)> {
        Self::start_with(binary, data, config, &[]).await
    }

    /// The same with these options in its environment.
    pub async fn start_with(
        binary: &Path,
        data: &Path,
        config: Option<&Path>,
        options: &[(&str, &str)],
    ) -> Result<(Self, Duration)> {
        let mut command = Command::new(binary);
        command.envs(options.iter().copied());
        command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().map_err(|error| did_not_start(data).caused_by(error))?;
        let words = child.stdout.take();
        let mut server = Self { address: SocketAddr::from(([0; 4], 0)), child };
        let answered = async {
            let address = spawn_blocking(move || address_in(words?)).await.ok().flatten()?;
            let status = Connection::to(address).await.ok()?.ask(PROBE).await.ok()?;
            (status == 200).then(|| (address, began.elapsed()))
        };
        let answered = tokio::time::timeout(PATIENCE, answered).await.ok().flatten();
        let (address, took) = answered.ok_or_else(|| did_not_start(data))?;
        server.address = address;
        Ok((server, took))
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop as an operator would, and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let told = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::TERM));
        let end = Instant::now() + PATIENCE;
        while told.is_some() && Instant::now() < end {
            if self.child.try_wait().map_err(Error::internal)?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Err(Error::unavailable("The server that was started does not stop; it was killed."))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where it serves, from the greeting of `serve --json`. It is read to its end: a server whose words
/// nobody hears would fail.
fn address_in(words: ChildStdout) -> Option<SocketAddr> {
    let mut lines = Deserializer::from_reader(BufReader::new(words)).into_iter::<Value>();
    let greeting = lines.next()?.ok()?;
    greeting["url"].as_str()?.strip_prefix("http://")?.parse().ok()
}

fn did_not_start(data: &Path) -> Error {
    Error::unavailable(format!(
        "A server in {} did not answer; try `steading serve --data` with an empty directory.",
        data.display()
    ))
}

/// What the system says of a process's memory under this name; nothing where it does not say.
pub fn memory_of(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

//! The machine: memory, and how many files a process may have open.

use std::fs;

use bytesize::ByteSize;
use rustix::process::{Resource, getrlimit};

use super::{Finding, Patient};
use crate::base::memory::memory;
use crate::server::OTHER_FILES;

/// What an instance takes beside the memory in which passwords are hashed.
const BASE: u64 = 64 * 1024 * 1024;

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    [Some(open_files(patient)), enough_memory(patient)].into_iter().flatten().collect()
}

fn open_files(patient: &Patient) -> Finding {
    const ABOUT: &str = "open files";
    let wanted = patient.config.server.max_connections as u64 + OTHER_FILES;
    let most = match limit_of(patient) {
        Some(most) => most,
        None => return Finding::fine(ABOUT, "As many as it likes."),
    };
    if most >= wanted {
        return Finding::fine(ABOUT, format!("{most} at once, enough for server.max_connections."));
    }
    Finding::risky(
        ABOUT,
        format!(
            "{most} at once, and server.max_connections is {}: fewer connections than that are served at once.",
            patient.config.server.max_connections
        ),
        format!("ulimit -n {wanted}, LimitNOFILE={wanted} in the unit, or a smaller server.max_connections"),
    )
}

/// The limit of the server that runs, or what one started here could raise its own to.
fn limit_of(patient: &Patient) -> Option<u64> {
    let of_server = patient.holder.as_ref().and_then(|holder| {
        let text = fs::read_to_string(format!("/proc/{}/limits", holder.pid)).ok()?;
        let line = text.lines().find(|line| line.starts_with("Max open files"))?;
        line.split_whitespace().nth(3)?.parse().ok()
    });
    of_server.or_else(|| getrlimit(Resource::Nofile).maximum)
}

fn enough_memory(patient: &Patient) -> Option<Finding> {
    const ABOUT: &str = "memory";
    let identity = &patient.config.identity;
    let needed = BASE + identity.argon2_memory.as_u64() * identity.hashing_threads as u64;
    let available = memory()?.available;
    let shown = |bytes| ByteSize::b(bytes).display().iec();
    let says = format!("{} are available; the server may want {}.", shown(available), shown(needed));
    Some(match available < needed && patient.holder.is_none() {
        true => Finding::risky(
            ABOUT,
            says,
            "Lower identity.hashing_threads, or stop something else: a machine without memory kills what it likes.",
        ),
        false => Finding::fine(ABOUT, says),
    })
}

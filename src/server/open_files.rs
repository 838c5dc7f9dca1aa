//! How many connections there can be: each is an open file, and the system allows a process only so many.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files beside connections: the database with each thread's own handles, the log, calls to others, the standard ones.
pub const OTHER_FILES: u64 = 200;

/// As many connections as wanted, as far as the system allows. Without the files that are left for others, a new
/// connection would be what takes the last one, and the database could not open its own.
pub(super) fn connections(wanted: usize) -> usize {
    let allowed = allow(wanted as u64 + OTHER_FILES);
    let most = most_of(wanted, allowed);
    if most < wanted {
        tracing::warn!(
            open_files = allowed,
            connections = most,
            wanted,
            "fewer connections than server.max_connections are served at once, as this process may not have as many \
             files open; raise LimitNOFILE or ulimit -n"
        );
    }
    most
}

fn most_of(wanted: usize, allowed: Option<u64>) -> usize {
    let Some(allowed) = allowed else { return wanted };
    let rest = allowed.saturating_sub(OTHER_FILES).max(allowed / 2).max(1);
    wanted.min(usize::try_from(rest).unwrap_or(usize::MAX))
}

/// Raises what this process may have open to this, as far as it may itself, and says how much that is.
fn allow(wanted: u64) -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current?;
    let raised = wanted.min(limit.maximum.unwrap_or(wanted));
    if raised <= current {
        return Some(current);
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }) {
        Ok(()) => Some(raised),
        Err(_) => Some(current),
    }
}

#[cfg(test)]
mod tests {
    use super::most_of;

    #[test]
    fn some_files_are_left_for_others() {
        for (wanted, allowed, most) in [
            (10_000, None, 10_000),
            (10_000, Some(65_536), 10_000),
            (10_000, Some(10_200), 10_000),
            (10_000, Some(1_024), 824),
            (10_000, Some(256), 128),
            (10_000, Some(1), 1),
            (50, Some(256), 50),
        ] {
            assert_eq!(most_of(wanted, allowed), most, "{wanted} of {allowed:?}");
        }
    }
}

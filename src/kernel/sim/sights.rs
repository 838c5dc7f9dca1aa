//! What was seen to happen: a simulation that sees nothing proves nothing.

use std::fmt;
use std::ops::AddAssign;

use super::rows::JobRow;
use crate::kernel::jobs::JobState;

macro_rules! sights {
    ($($name:ident),+ $(,)?) => {
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
        pub(super) struct Sights { $(pub $name: u64),+ }

        impl Sights {
            pub(super) fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),+]
            }
        }

        impl AddAssign for Sights {
            fn add_assign(&mut self, other: Self) {
                $(self.$name += other.$name;)+
            }
        }
    };
}

sights!(
    acts, boundaries, crashes, stops, enqueued, published, claimed, begun, leased, done, dead, cancelled,
    retried, lost, timed_out, restarted, put_back, fired, disabled, recovered, probed, stale, pruned, called,
    refused, deleted, erased, set, lulls,
);

impl Sights {
    /// An attempt was put down.
    pub(super) fn ended(&mut self, after: &JobRow) {
        match after.state {
            JobState::Done => self.done += 1,
            JobState::Dead => self.dead += 1,
            JobState::Cancelled => self.cancelled += 1,
            _ => self.retried += 1,
        }
        match after.failure.as_deref() {
            Some("worker_lost") => self.lost += 1,
            Some("timed_out") => self.timed_out += 1,
            Some("process_restarted") => self.restarted += 1,
            _ => {}
        }
    }

    /// Acts, and statements before each of which the process could have died.
    pub(super) fn steps(&self) -> u64 {
        self.acts + self.boundaries
    }
}

impl fmt::Display for Sights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.all().iter().map(|(name, times)| format!("{times} {name}")).collect();
        f.write_str(&all.join(", "))
    }
}

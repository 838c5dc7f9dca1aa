//! Rates: how often somebody may ask. Each request is counted for who makes it and for his tenant, or for
//! its address when nobody has signed in.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::buckets::{Buckets, Empty, Level, Rate};
use crate::base::config;
use crate::base::db::TenantNo;
use crate::base::error::Detail;
use crate::base::network::neighbourhood;
use crate::base::{Error, Kind, Result};
use crate::kernel::Actor;

/// Requests that cost alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    Read,
    Write,
    /// What works on many things at once, and streams.
    Bulk,
    /// What hashes a password.
    Costly,
    /// Probes: never limited.
    Free,
}

impl Class {
    /// Those that are limited.
    pub const LIMITED: [Self; 4] = [Self::Read, Self::Write, Self::Bulk, Self::Costly];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "reads",
            Self::Write => "writes",
            Self::Bulk => "bulk",
            Self::Costly => "costly",
            Self::Free => "free",
        }
    }

    /// As in "too many …".
    fn words(self) -> &'static str {
        match self {
            Self::Read => "reads",
            Self::Write => "writes",
            Self::Bulk => "requests that work on many things at once",
            Self::Costly => "sign-ins and requests that cost as much",
            Self::Free => "requests",
        }
    }
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    Address(IpAddr),
    /// A user or a key.
    Person(Actor),
    Tenant(TenantNo),
}

/// Sorts of askers, in the order in which figures have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Address,
    User,
    Tenant,
}

impl Side {
    pub const ALL: [Self; 3] = [Self::Address, Self::User, Self::Tenant];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::User => "user",
            Self::Tenant => "tenant",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Address => "one address where nobody is signed in",
            Self::User => "one user or API key",
            Self::Tenant => "one tenant",
        }
    }
}

/// What somebody may still ask for.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub side: Side,
    pub rate: Rate,
    pub level: Level,
    /// It was asked for more than was left.
    pub is_refusal: bool,
}

/// Somebody asked too often.
#[derive(Debug)]
pub struct TooMany {
    pub standing: Standing,
    pub error: Error,
}

/// Rates by side and class; nothing where there is no limit.
#[derive(Debug, Clone)]
pub struct Rates([[Option<Rate>; Class::LIMITED.len()]; Side::ALL.len()]);

impl Rates {
    pub(super) fn of(config: &config::Limits) -> Self {
        let rate = |per_second| match config.rates {
            true => Rate::new(per_second, config.burst.into()),
            false => None,
        };
        // Whoever is not signed in has nothing to write but what is costly.
        let address =
            [config.address_reads, config.address_costly, config.address_costly, config.address_costly];
        let user = [config.user_reads, config.user_writes, config.user_bulk, config.user_costly];
        let tenant = [config.tenant_reads, config.tenant_writes, config.tenant_bulk, config.tenant_costly];
        Self([address, user, tenant].map(|side| side.map(rate)))
    }

    pub fn find(&self, side: Side, class: Class) -> Option<Rate> {
        self.0[side as usize].get(class as usize).copied().flatten()
    }
}

/// The option that says it.
pub fn option_of(side: Side, class: Class) -> String {
    let class = if side == Side::Address && class != Class::Read { Class::Costly } else { class };
    format!("limits.{}_{}", side.as_str(), class.as_str())
}

/// Who has asked how much.
#[derive(Default)]
pub(super) struct Meter {
    buckets: Buckets,
    refused: [[AtomicU64; Class::LIMITED.len()]; Side::ALL.len()],
}

impl Meter {
    pub(super) fn take(
        &self,
        rates: &Rates,
        asker: Asker,
        class: Class,
        passed: Duration,
    ) -> Result<Option<Standing>, TooMany> {
        let side = match asker {
            Asker::Address(_) => Side::Address,
            // The operator can read the data directory; nothing is kept from him.
            Asker::Person(Actor::System) | Asker::Tenant(TenantNo::INSTANCE) => return Ok(None),
            Asker::Person(_) => Side::User,
            Asker::Tenant(_) => Side::Tenant,
        };
        let Some(rate) = rates.find(side, class) else { return Ok(None) };
        let taken = match asker {
            Asker::Address(address) => {
                self.buckets.take(&(side, class, neighbourhood(address)), rate, passed)
            }
            Asker::Person(actor) => self.buckets.take(&(side, class, actor), rate, passed),
            Asker::Tenant(number) => self.buckets.take(&(side, class, number), rate, passed),
        };
        match taken {
            Ok(level) => Ok(Some(Standing { side, rate, level, is_refusal: false })),
            Err(Empty(wait)) => {
                self.refused[side as usize][class as usize].fetch_add(1, Ordering::Relaxed);
                let level = Level { left: 0, full_in: wait };
                let standing = Standing { side, rate, level, is_refusal: true };
                Err(TooMany { standing, error: too_many(side, class, rate, wait) })
            }
        }
    }

    pub(super) fn refused(&self, side: Side, class: Class) -> u64 {
        self.refused[side as usize][class as usize].load(Ordering::Relaxed)
    }

    pub(super) fn known(&self) -> usize {
        self.buckets.len()
    }
}

fn too_many(side: Side, class: Class, rate: Rate, wait: Duration) -> Error {
    let Rate { per_second, at_once, .. } = rate;
    let (option, whose, seconds) = (option_of(side, class), side.words(), wait.as_secs() + 1);
    let message = format!(
        "Too many {} of {whose}; try again in {seconds} s. Who runs this server can change {option}.",
        class.words()
    );
    let message = Error::new(Kind::RateLimited, message);
    let limit = format!("{per_second} a second on average and {at_once} at once for {whose}");
    message.with_details(vec![Detail { path: option, message: limit }]).retry_in(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_an_option() {
        let config = config::load(None, []).expect("the defaults load");
        let options: Vec<&str> = config.limits.rates().into_iter().map(|(name, _)| name).collect();
        for side in Side::ALL {
            for class in Class::LIMITED {
                let option = option_of(side, class);
                assert!(options.contains(&&*option), "{option}");
            }
        }
    }
}

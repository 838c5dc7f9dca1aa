//! Somebody who acts by hand. A route asks for one permission before it runs; what turns out to need another, such as
//! a job of a kind that not everybody may make, is asked of the hand that does it, in the transaction that does it.
//!
//! What it holds is settled before: a token's checks are a program of whoever narrowed it, and the writer waits for none.

use std::ops::Deref;

use super::events::EventsRead;
use super::identity::{Permission, PermissionInfo};
use super::jobs::JobsWrite;
use super::{Kernel, Who};
use crate::base::db::{TenantNo, Within};
use crate::base::{Error, Kind, Result};

/// Who acts, and what he holds where he acts of all that may be asked of a hand.
#[derive(Debug, Clone)]
pub struct Hand {
    who: Who,
    held: Held,
}

#[derive(Debug, Clone)]
enum Held {
    All,
    Only(Vec<PermissionInfo>),
}

impl Hand {
    /// The server's own: what its code does needs nobody's leave.
    pub fn of_server(who: Who) -> Self {
        Self { who, held: Held::All }
    }

    /// Somebody's who holds these, and nothing else that may be asked.
    pub fn holding(who: Who, held: Vec<PermissionInfo>) -> Self {
        Self { who, held: Held::Only(held) }
    }

    /// Refuses who does not hold it.
    pub fn must_hold(&self, permission: PermissionInfo) -> Result<()> {
        match &self.held {
            Held::Only(held) if !held.contains(&permission) => Err(lacks(permission)),
            _ => Ok(()),
        }
    }
}

impl Deref for Hand {
    type Target = Who;

    fn deref(&self) -> &Who {
        &self.who
    }
}

impl Within for Hand {
    fn tenant_no(&self) -> TenantNo {
        self.who.tenant_no()
    }
}

/// What is said to who lacks a permission.
pub fn lacks(permission: PermissionInfo) -> Error {
    Error::new(Kind::Forbidden, format!("This needs the permission {} here.", permission.name))
}

impl Kernel {
    /// All that may be asked of a hand in this tenant.
    pub fn asked_of_hands(&self, tenant: TenantNo) -> Vec<PermissionInfo> {
        let mut asked = vec![JobsWrite::INFO, EventsRead::INFO];
        for needed in self.jobs.kinds_in(tenant).filter_map(|kind| kind.info.needs) {
            if !asked.contains(&needed) {
                asked.push(needed);
            }
        }
        asked
    }
}

//! Sessions: a row for each time somebody signed in. Its token carries the row's id, so ending the
//! row ends the token at once.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use schemars::JsonSchema;
use serde::Serialize;

use super::store;
use super::token::{Token, TokenId};
use crate::base::db::{Db, FromRow, Row, Write};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::tenants::Tenant;
use crate::kernel::{Actor, Chain, TraceId, Who};

/// A time that somebody signed in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub id: Id<Token>,
    /// From where it began.
    pub address: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    #[serde(default)]
    pub current: bool,
}

impl FromRow for Session {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.take("id")?,
            address: row.take("address")?,
            user_agent: row.take("user_agent")?,
            created_at: row.take("created_at")?,
            expires_at: row.take("expires_at")?,
            current: false,
        })
    }
}

/// From where somebody calls, and in which trace.
#[derive(Debug, Clone)]
pub struct Origin {
    pub address: String,
    pub user_agent: String,
    pub trace: TraceId,
}

impl Origin {
    /// Who it turned out to be that calls from here.
    pub fn acting(&self, tenant: &Arc<Tenant>, actor: Actor) -> Who {
        Who {
            tenant: Arc::clone(tenant),
            actor,
            trace: self.trace,
            address: self.address.clone(),
            request: Id::fresh(),
            chain: Chain::default(),
        }
    }
}

/// Tokens that were ended before they expired, in memory.
#[derive(Default)]
pub(super) struct Ended(RwLock<HashSet<TokenId>>);

impl Ended {
    pub(super) fn load(db: &Db, now: Timestamp) -> Result<Arc<Self>> {
        let ids = db.system().read_here(|tx| store::list_ended_sessions(tx, now))?;
        Ok(Arc::new(Self(RwLock::new(ids.into_iter().collect()))))
    }

    pub(super) fn contains(&self, token: TokenId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&token)
    }

    /// Forgets tokens that have expired by themselves.
    pub(super) fn forget(&self, ids: &[TokenId]) {
        let mut ended = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            ended.remove(id);
        }
    }

    /// Ends these for every request from the moment that the write is on disk.
    pub(super) fn add_after(self: &Arc<Self>, tx: &Write<'_>, ids: Vec<TokenId>) {
        let ended = Arc::clone(self);
        tx.after_commit(move || ended.0.write().unwrap_or_else(PoisonError::into_inner).extend(ids));
    }
}

//! Isolation: what makes the engine itself keep tenants apart.
//!
//! A migration creates only the base table, `requests_all`, whose primary key, indexes, unique and
//! foreign keys all begin with `tenant_id`. Everything else is made here, anew on each connection:
//!
//! * a view `requests` that shows the current tenant's rows without their `tenant_id`, over an inner
//!   view with a secret name that only this connection knows;
//! * triggers with secret names that carry INSERT, UPDATE and DELETE on the view to the base table,
//!   with the current tenant filled in; the audit has none, so no tenant's code writes to it;
//! * an authorizer that refuses everything else: a base table, the schema, ATTACH, PRAGMA, DDL,
//!   transaction control;
//! * a gate in `session::prepare` for what the engine doesn't ask the authorizer about: EXPLAIN, which
//!   would show the secret names, and texts that others have left in the statement cache.
//!
//! The names are secret because the engine reports the name of a common table expression as the
//! one who reads: `WITH requests AS (SELECT * FROM requests_all) …` would pass for the view.
//! There is no statement in which a tenant's code could name another tenant, or forget its own.

mod authorizer;
mod rules;
mod tables;
mod views;

pub use authorizer::install_authorizer;
pub use rules::broken_rules;
pub use tables::{TenantTable, tenant_tables};
pub use views::create_views;

use crate::base::{Error, Result};

/// The secret part of this connection's names: 128 random bits.
pub fn fresh_secret() -> Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

//! The statements that are measured: those of the service desk, and beside each the one that a
//! program without tenants' views would run, with the filter written by hand.

use crate::base::db::{FromRow, Param, Row, Sql, TenantNo};
use crate::base::{Id, Result, Timestamp};
use crate::kernel::identity::User;
use crate::{bind, sql};

/// The service desk's own statements, so that what is measured is what runs.
pub fn insert() -> &'static Sql {
    sql!("../../addons/requests/sql/", "insert_request")
}

pub fn find() -> &'static Sql {
    sql!("../../addons/requests/sql/", "find_request")
}

pub fn list() -> &'static Sql {
    sql!("../../addons/requests/sql/", "list_requests_newest")
}

pub fn insert_alone() -> &'static Sql {
    sql!("insert_request_alone")
}

pub fn find_by_hand() -> &'static Sql {
    sql!("find_request_by_hand")
}

pub fn list_by_hand() -> &'static Sql {
    sql!("list_requests_by_hand")
}

/// Jobs that ran a second time and are done.
pub fn count_recovered() -> &'static Sql {
    sql!("count_recovered")
}

/// Jobs from one number to another, spread over many tenants.
pub fn seed_jobs() -> &'static Sql {
    sql!("seed_jobs")
}

pub fn seed_tags() -> &'static Sql {
    sql!("seed_tags")
}

pub fn seed_counts() -> &'static Sql {
    sql!("seed_counts")
}

/// Requests from one number to another, spread over some tenants.
pub fn seed_requests() -> &'static Sql {
    sql!("seed_requests")
}

/// Suspends the tenants after one, or lets them go on.
pub fn set_others_state() -> &'static Sql {
    sql!("set_others_state")
}

/// A request as it is read here: every column is taken and turned into its type.
pub struct RequestRow {
    _id: Id<Self>,
    _title: String,
    _description: String,
    _status: String,
    _priority: i64,
    _requester: Id<User>,
    _assignee: Option<Id<User>>,
    _due_at: Option<Timestamp>,
    _created_at: Timestamp,
    _updated_at: Timestamp,
}

impl FromRow for RequestRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            _id: row.take("id")?,
            _title: row.take("title")?,
            _description: row.take("description")?,
            _status: row.take("status")?,
            _priority: row.take("priority")?,
            _requester: row.take("requester")?,
            _assignee: row.take("assignee")?,
            _due_at: row.take("due_at")?,
            _created_at: row.take("created_at")?,
            _updated_at: row.take("updated_at")?,
        })
    }
}

/// A request to be written, of the size that people write.
#[derive(Clone, Copy)]
pub struct Draft {
    pub id: Id<RequestRow>,
    pub requester: Id<User>,
    pub now: Timestamp,
}

pub const TITLE: &str = "The printer on the second floor is on fire again";
pub const DESCRIPTION: &str = "It began after the last delivery of paper. Switching it off and on \
     helped twice; since this morning it does not. Please send somebody before the invoices are due.";

impl Draft {
    pub fn params(&self) -> Vec<Param<'static>> {
        let params = bind! {
            id: self.id,
            title: TITLE,
            description: DESCRIPTION,
            status: "open",
            priority: 1i64,
            requester: self.requester,
            assignee: None::<i64>,
            due_at: None::<i64>,
            now: self.now,
        };
        params.to_vec()
    }

    /// The same with the tenant, which a view fills in by itself.
    pub fn params_in(&self, tenant: TenantNo) -> Vec<Param<'static>> {
        let mut params = self.params();
        params.push((":tenant", tenant.into()));
        params
    }
}

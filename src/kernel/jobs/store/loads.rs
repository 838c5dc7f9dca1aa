//! What the counters say of all tenants, for who looks after the instance.

use crate::base::Result;
use crate::base::db::{FromRow, Row, SystemRead, TenantNo};
use crate::kernel::jobs::model::{JobState, QueueName};
use crate::{bind, sql};

/// Jobs of one lane that are not over, in one state.
pub(in crate::kernel::jobs) struct LaneCount {
    pub tenant: TenantNo,
    pub queue: QueueName,
    pub state: JobState,
    pub jobs: i64,
}

impl FromRow for LaneCount {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let (tenant, queue) = (row.take("tenant")?, row.take("queue")?);
        Ok(Self { tenant, queue, state: row.take("state")?, jobs: row.take("jobs")? })
    }
}

/// The same of all lanes of a tenant.
pub(in crate::kernel::jobs) struct TenantCount {
    pub tenant: TenantNo,
    pub state: JobState,
    pub jobs: i64,
}

impl FromRow for TenantCount {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self { tenant: row.take("tenant")?, state: row.take("state")?, jobs: row.take("jobs")? })
    }
}

/// All lanes of those queues that hold most.
pub(in crate::kernel::jobs) fn find_fullest_lanes(
    tx: &SystemRead<'_>,
    queues: u32,
) -> Result<Vec<LaneCount>> {
    tx.all(sql!("../sql/", "find_fullest_lanes"), bind! { queues: queues })
}

pub(in crate::kernel::jobs) fn sum_jobs_of_tenants(tx: &SystemRead<'_>) -> Result<Vec<TenantCount>> {
    tx.all(sql!("../sql/", "sum_jobs_of_tenants"), bind! {})
}

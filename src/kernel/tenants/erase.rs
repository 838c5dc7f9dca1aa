//! Erasing what a deleted tenant had: a little at a time, so that nobody waits behind it. It goes
//! on after a restart, because what is left to do is written in the file.

use serde_json::json;

use crate::base::Result;
use crate::base::db::TenantNo;
use crate::kernel::Kernel;
use crate::kernel::audit::{self, Act};
use crate::kernel::tenants::{Tenant, store};

/// Rows that one piece deletes: a few milliseconds of the writer's time.
const ROWS_A_PIECE: u32 = 500;

/// What one run erased.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct EraseReport {
    pub rows: u64,
    pub tenants: u64,
}

/// Erases every tenant that waits for it. One that can't be erased now does not hold up the others.
pub async fn erase_once(kernel: &Kernel) -> Result<EraseReport> {
    let mut report = EraseReport::default();
    for tenant in kernel.db.system().read(store::list_tenants_to_erase).await? {
        match erase_tenant(kernel, &tenant).await {
            Ok(rows) => {
                report.rows += rows;
                report.tenants += 1;
                tracing::info!(tenant = %tenant.slug, "the tenant and all its rows are deleted");
            }
            Err(error) => {
                tracing::warn!(tenant = %tenant.slug, %error, "a deleted tenant could not be erased; it will be tried again");
            }
        }
    }
    Ok(report)
}

async fn erase_tenant(kernel: &Kernel, tenant: &Tenant) -> Result<u64> {
    let rows = erase_rows(kernel, tenant.number).await?;
    kernel.telemetry.forget(tenant.number).await?;
    let (number, who, now) = (tenant.number, kernel.operator()?, kernel.clock.now());
    let erased = Act::new("tenant.erased", tenant.id.subject()).after(json!({ "slug": tenant.slug }))?;
    kernel
        .db
        .system()
        .write(move |tx| {
            store::delete_tenant_hosts(tx, number)?;
            match store::delete_tenant(tx, number)? {
                true => audit::record_as_engine(tx, &who, &erased, now),
                // Another run was quicker, and has written it down.
                false => Ok(()),
            }
        })
        .await?;
    Ok(rows)
}

async fn erase_rows(kernel: &Kernel, number: TenantNo) -> Result<u64> {
    let mut rows = 0;
    loop {
        let erased = kernel.db.system().write(move |tx| tx.erase_some(number, ROWS_A_PIECE)).await?;
        if erased == 0 {
            return Ok(rows);
        }
        rows += erased;
    }
}

//! What single tenants have, in figures: of a bounded number of them, those that store most.

use std::cmp::Reverse;

use crate::base::Result;
use crate::base::figures::Page;
use crate::kernel::Kernel;
use crate::kernel::limits::Daily;

/// Tenants that are told of one by one.
const MOST: usize = 50;

pub(super) fn write(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let (limits, now) = (&kernel.limits, kernel.clock.now());
    let stored =
        |tenant: &crate::kernel::tenants::Tenant| limits.stored(tenant.number).map(|stored| stored.bytes);
    let mut tenants = kernel.tenants.all();
    tenants.retain(|tenant| !tenant.is_instance());
    tenants.sort_by_cached_key(|tenant| Reverse((stored(tenant), Reverse(tenant.slug.clone()))));
    tenants.truncate(MOST);
    let mut samples = page.gauges(
        "steading_tenant_storage_bytes",
        "About how much a tenant stores, as it was last weighed: the 50 that store most.",
    );
    for tenant in &tenants {
        if let Some(bytes) = stored(tenant) {
            samples.add(&[("tenant", &tenant.slug)], bytes as f64);
        }
    }
    for (what, name) in
        [(Daily::Events, "steading_tenant_events_today"), (Daily::Jobs, "steading_tenant_jobs_today")]
    {
        let mut samples = page.gauges(
            name,
            "What these tenants made since midnight UTC, as far as it was counted by this process.",
        );
        for tenant in &tenants {
            if let Some(made) = limits.made_today(tenant.number, what, now) {
                samples.add(&[("tenant", &tenant.slug)], made as f64);
            }
        }
    }
    Ok(())
}

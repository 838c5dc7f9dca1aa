//! The settings of queues.

use crate::base::db::{Read, SystemRead, SystemWrite, TenantNo};
use crate::base::{Result, Timestamp};
use crate::kernel::jobs::model::QueueName;
use crate::kernel::jobs::queues::{Queue, QueueChange};
use crate::{bind, sql};

pub fn list_queues(tx: &Read<'_>) -> Result<Vec<Queue>> {
    tx.all(sql!("../sql/", "list_queues"), bind! {})
}

pub(in crate::kernel::jobs) fn find_queue(tx: &Read<'_>, name: &QueueName) -> Result<Option<Queue>> {
    tx.maybe(sql!("../sql/", "find_queue"), bind! { name: name })
}

pub(in crate::kernel::jobs) fn read_queues_of(tx: &SystemRead<'_>, tenant: TenantNo) -> Result<Vec<Queue>> {
    tx.all(sql!("../sql/", "read_queues_of"), bind! { tenant: tenant })
}

pub(in crate::kernel::jobs) fn insert_queue(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    name: &QueueName,
    settings: &QueueChange,
    is_outside: bool,
    now: Timestamp,
) -> Result<Queue> {
    tx.one(
        sql!("../sql/", "insert_queue"),
        bind! {
            tenant: tenant,
            name: name,
            concurrency: settings.concurrency.flatten(),
            rate: settings.rate.flatten(),
            is_paused: settings.paused.unwrap_or(false),
            is_outside: is_outside,
            now: now,
        },
    )
}

pub(in crate::kernel::jobs) fn update_queue(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    queue: &Queue,
    now: Timestamp,
) -> Result<Queue> {
    tx.one(
        sql!("../sql/", "update_queue"),
        bind! {
            tenant: tenant,
            name: &queue.name,
            concurrency: queue.concurrency,
            rate: queue.rate_per_minute,
            is_paused: queue.paused,
            now: now,
        },
    )
}

pub(in crate::kernel::jobs) fn delete_queue(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    name: &QueueName,
) -> Result<bool> {
    Ok(tx.count(sql!("../sql/", "delete_queue"), bind! { tenant: tenant, name: name })? == 1)
}

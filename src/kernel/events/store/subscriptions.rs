//! Who listens.

use crate::base::db::{FromRow, Only, Read, Row, SystemRead, SystemWrite, TenantNo};
use crate::base::{Error, Id, Result, Timestamp};
use crate::kernel::events::bus::Events;
use crate::kernel::events::filter::Filter;
use crate::kernel::events::model::Subscription;
use crate::kernel::jobs::QueueName;
use crate::{bind, sql};

pub(in crate::kernel::events) fn list_listening(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
) -> Result<Vec<Subscription>> {
    tx.all(sql!("../sql/", "list_listening"), bind! { tenant: tenant })
}

pub(in crate::kernel::events) fn read_subscription(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    id: Id<Subscription>,
) -> Result<Option<Subscription>> {
    tx.maybe(sql!("../sql/", "read_subscription"), bind! { tenant: tenant, id: id })
}

pub fn find_subscription(tx: &Read<'_>, id: Id<Subscription>) -> Result<Option<Subscription>> {
    tx.maybe(sql!("../sql/", "find_subscription"), bind! { id: id })
}

pub(in crate::kernel::events) fn find_subscription_named(
    tx: &Read<'_>,
    name: &str,
) -> Result<Option<Subscription>> {
    tx.maybe(sql!("../sql/", "find_subscription_named"), bind! { name: name })
}

/// One that is deleted, too.
pub fn find_any_subscription(tx: &Read<'_>, id: Id<Subscription>) -> Result<Option<Subscription>> {
    tx.maybe(sql!("../sql/", "find_any_subscription"), bind! { id: id })
}

/// By its id or its name.
pub fn find_handler(tx: &Read<'_>, named: &str) -> Result<Option<Subscription>> {
    let by_id = named.parse().ok().map(|id| find_subscription(tx, id)).transpose()?.flatten();
    match by_id {
        Some(found) => Ok(Some(found)),
        None => find_subscription_named(tx, named),
    }
}

/// By name.
pub fn list_subscriptions(tx: &Read<'_>, after: Option<&str>, limit: usize) -> Result<Vec<Subscription>> {
    tx.all(sql!("../sql/", "list_subscriptions"), bind! { after: after, limit: limit as i64 })
}

pub(in crate::kernel::events) fn insert_subscription(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    new: &Subscription,
    now: Timestamp,
) -> Result<()> {
    tx.attendant::<Events>()?.listening().changes(tx, tenant);
    tx.run(
        sql!("../sql/", "insert_subscription"),
        bind! {
            tenant: tenant,
            id: new.id,
            name: &new.name,
            pattern: &new.pattern,
            target: new.target,
            address: &new.address,
            filter: new.filter.as_ref().map(Filter::stored),
            max_attempts: new.max_attempts,
            backoff: new.backoff.stored(),
            time_limit: millis(new),
            is_ordered: new.is_ordered,
            recovery: new.recovery,
            lane: &new.lane,
            state: new.state,
            disabled_for: new.disabled_for,
            disabled_at: new.disabled_at,
            made_by: &new.made_by,
            now: now,
        },
    )
}

/// Writes what somebody may change of it.
pub(in crate::kernel::events) fn update_subscription(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    new: &Subscription,
    now: Timestamp,
) -> Result<()> {
    tx.attendant::<Events>()?.listening().changes(tx, tenant);
    tx.run(
        sql!("../sql/", "update_subscription"),
        bind! {
            tenant: tenant,
            id: new.id,
            name: &new.name,
            pattern: &new.pattern,
            address: &new.address,
            filter: new.filter.as_ref().map(Filter::stored),
            max_attempts: new.max_attempts,
            backoff: new.backoff.stored(),
            time_limit: millis(new),
            is_ordered: new.is_ordered,
            recovery: new.recovery,
            now: now,
        },
    )
}

fn millis(subscription: &Subscription) -> i64 {
    i64::try_from(subscription.time_limit.as_millis()).unwrap_or(i64::MAX)
}

/// Writes how it stands and how well it goes.
pub(in crate::kernel::events) fn update_standing(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    now: &Subscription,
) -> Result<()> {
    tx.attendant::<Events>()?.listening().changes(tx, tenant);
    let health = &now.health;
    tx.run(
        sql!("../sql/", "update_standing"),
        bind! {
            tenant: tenant,
            id: now.id,
            state: now.state,
            disabled_for: now.disabled_for,
            disabled_at: now.disabled_at,
            probe_at: now.probe_at,
            probes: now.probes,
            is_catching_up: now.is_catching_up,
            successes: health.successes,
            failures: health.failures,
            in_a_row: health.in_a_row,
            failing: serde_json::to_string(&health.failing).map_err(Error::internal)?,
            last_error: health.last_error.as_deref(),
            last_failed_at: health.last_failed_at,
            last_succeeded_at: health.last_succeeded_at,
        },
    )
}

/// Counts a success of one that stands well.
pub(in crate::kernel::events) fn note_success(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    id: Id<Subscription>,
    now: Timestamp,
) -> Result<()> {
    tx.run(sql!("../sql/", "note_success"), bind! { tenant: tenant, id: id, now: now })
}

/// Deliveries in a lane that could begin but for what holds the lane.
pub(in crate::kernel::events) fn count_in_lane(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    lane: &QueueName,
) -> Result<i64> {
    let Only(count): Only<i64> =
        tx.one(sql!("../sql/", "count_in_lane"), bind! { tenant: tenant, lane: lane })?;
    Ok(count)
}

/// Deliveries that wait in a lane, for their time or for what holds the lane.
pub fn count_held(tx: &Read<'_>, lane: &QueueName) -> Result<i64> {
    let Only(count): Only<i64> = tx.one(sql!("../sql/", "count_held"), bind! { lane: lane })?;
    Ok(count)
}

pub(in crate::kernel::events) fn list_probes_due(
    tx: &SystemRead<'_>,
    tenant: TenantNo,
    now: Timestamp,
) -> Result<Vec<Subscription>> {
    tx.all(sql!("../sql/", "list_probes_due"), bind! { tenant: tenant, now: now })
}

/// The tenants in which a handler has no subscription yet, or listens to something else there.
pub(in crate::kernel::events) fn tenants_without_handler(
    tx: &SystemRead<'_>,
    name: &str,
    pattern: &str,
) -> Result<Vec<TenantNo>> {
    let rows: Vec<Only<TenantNo>> =
        tx.all(sql!("../sql/", "tenants_without_handler"), bind! { name: name, pattern: pattern })?;
    Ok(rows.into_iter().map(|Only(number)| number).collect())
}

pub(in crate::kernel::events) fn put_secret(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    subscription: Id<Subscription>,
    secret: &str,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "put_secret"),
        bind! { tenant: tenant, subscription: subscription, secret: secret },
    )
}

/// The one until now signs until then, too.
pub(in crate::kernel::events) fn rotate_secret(
    tx: &SystemWrite<'_>,
    tenant: TenantNo,
    subscription: Id<Subscription>,
    secret: &str,
    until: Timestamp,
) -> Result<()> {
    tx.run(
        sql!("../sql/", "rotate_secret"),
        bind! { tenant: tenant, subscription: subscription, secret: secret, until: until },
    )
}

/// What a webhook is signed with.
pub(in crate::kernel::events) struct SecretsRow {
    pub secret: String,
    pub previous: Option<String>,
    pub previous_until: Option<Timestamp>,
}

impl FromRow for SecretsRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self {
            secret: row.take("secret")?,
            previous: row.take("previous")?,
            previous_until: row.take("previous_until")?,
        })
    }
}

pub(in crate::kernel::events) fn find_secrets(
    tx: &Read<'_>,
    subscription: Id<Subscription>,
) -> Result<Option<SecretsRow>> {
    tx.maybe(sql!("../sql/", "find_secrets"), bind! { subscription: subscription })
}

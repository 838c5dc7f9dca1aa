//! Minutes of metrics, and the hours that are their sums.

use std::collections::BTreeMap;

use crate::base::Result;
use crate::base::db::{FromRow, Param, Read, Row, SystemWrite};
use crate::kernel::events::metrics::{Cell, Place};
use crate::{bind, sql};

const MINUTES: i64 = 60;

/// Adds to a minute and to its hour, whether they are there or not.
pub(in crate::kernel::events) fn put_minute(tx: &SystemWrite<'_>, place: &Place, cell: &Cell) -> Result<()> {
    put(tx, place, place.minute, cell, (add_to_minute, insert_minute))?;
    put(tx, place, place.minute.div_euclid(MINUTES), cell, (add_to_hour, insert_hour))
}

/// Says whether the row is there.
type Add = fn(&SystemWrite<'_>, &[Param<'_>]) -> Result<bool>;
type Insert = fn(&SystemWrite<'_>, &[Param<'_>]) -> Result<()>;

fn put(
    tx: &SystemWrite<'_>,
    place: &Place,
    at: i64,
    cell: &Cell,
    (add, insert): (Add, Insert),
) -> Result<()> {
    let [t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16] = cell.times;
    let params: &[Param<'_>] = bind! {
        tenant: place.tenant, at: at, type: &place.event_type, handler: &place.handler,
        published: cell.published, delivered: cell.delivered, failed: cell.failed, dead: cell.dead,
        t1: t1, t2: t2, t3: t3, t4: t4, t5: t5, t6: t6, t7: t7, t8: t8, t9: t9, t10: t10, t11: t11, t12: t12,
        t13: t13, t14: t14, t15: t15, t16: t16,
    };
    match add(tx, params)? {
        true => Ok(()),
        false => insert(tx, params),
    }
}

fn add_to_minute(tx: &SystemWrite<'_>, params: &[Param<'_>]) -> Result<bool> {
    Ok(tx.count(sql!("../sql/", "add_to_minute"), params)? == 1)
}

fn insert_minute(tx: &SystemWrite<'_>, params: &[Param<'_>]) -> Result<()> {
    tx.run(sql!("../sql/", "insert_minute"), params)
}

fn add_to_hour(tx: &SystemWrite<'_>, params: &[Param<'_>]) -> Result<bool> {
    Ok(tx.count(sql!("../sql/", "add_to_hour"), params)? == 1)
}

fn insert_hour(tx: &SystemWrite<'_>, params: &[Param<'_>]) -> Result<()> {
    tx.run(sql!("../sql/", "insert_hour"), params)
}

impl FromRow for Cell {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let mut cell = Self {
            published: row.take("published")?,
            delivered: row.take("delivered")?,
            failed: row.take("failed")?,
            dead: row.take("dead")?,
            ..Self::default()
        };
        for (bucket, name) in [
            "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11", "t12", "t13", "t14", "t15",
            "t16",
        ]
        .into_iter()
        .enumerate()
        {
            cell.times[bucket] = row.take(name)?;
        }
        Ok(cell)
    }
}

/// The sums of a type, or of a type at a handler.
#[derive(Clone)]
struct SumRow((String, String), Cell);

impl FromRow for SumRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let key = (row.take("type")?, row.take("handler")?);
        Ok(Self(key, Cell::from_row(row)?))
    }
}

pub(in crate::kernel::events) type Sums = BTreeMap<(String, String), Cell>;

/// By type and handler, from one minute up to another: whole hours by their own rows, the rest minute by minute.
pub(in crate::kernel::events) fn sum_by_handler(tx: &Read<'_>, since: i64, until: i64) -> Result<Sums> {
    let first = since.div_euclid(MINUTES) + i64::from(since.rem_euclid(MINUTES) != 0);
    let last = until.div_euclid(MINUTES);
    let rows = if first < last {
        [
            sum_minutes(tx, since, first * MINUTES)?,
            sum_hours(tx, first, last)?,
            sum_minutes(tx, last * MINUTES, until)?,
        ]
        .concat()
    } else {
        sum_minutes(tx, since, until)?
    };
    let mut sums = Sums::new();
    for SumRow(key, cell) in rows {
        sums.entry(key).or_default().add(&cell);
    }
    Ok(sums)
}

fn sum_minutes(tx: &Read<'_>, since: i64, until: i64) -> Result<Vec<SumRow>> {
    tx.all(sql!("../sql/", "sum_minutes"), bind! { since: since, until: until })
}

fn sum_hours(tx: &Read<'_>, since: i64, until: i64) -> Result<Vec<SumRow>> {
    tx.all(sql!("../sql/", "sum_hours"), bind! { since: since, until: until })
}

/// The sums of a stretch of time, which is named by its place.
struct StretchRow(i64, Cell);

impl FromRow for StretchRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        Ok(Self(row.take("stretch")?, Cell::from_row(row)?))
    }
}

/// Of one handler, from one minute up to another, in stretches of so many minutes.
pub(in crate::kernel::events) fn sum_stretches(
    tx: &Read<'_>,
    handler: &str,
    (since, until): (i64, i64),
    minutes: i64,
) -> Result<Vec<(i64, Cell)>> {
    let params = bind! { since: since, until: until, minutes: minutes, handler: handler };
    let rows: Vec<StretchRow> = tx.all(sql!("../sql/", "sum_stretches"), params)?;
    Ok(rows.into_iter().map(|StretchRow(stretch, cell)| (stretch, cell)).collect())
}

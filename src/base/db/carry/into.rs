//! In: the one tenant of a file that was carried out, into a file that nobody serves.
//!
//! Ids stay as they are. The tenant gets a new number here, and its audit, whose hashes cover the number, is
//! chained anew: the chain was checked before, and a row says how it ended where it came from.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde_json::json;

use super::{Holder, Resident, columns_of, holders, resident_of};
use crate::base::db::chain::{BEGINNING, Link, rechain};
use crate::base::db::failure::explain;
use crate::base::db::migrations::newest_version;
use crate::base::db::{Findings, check_file};
use crate::base::{Error, Id, Result, Timestamp};

/// How a tenant is to arrive.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// Another slug than the one it had.
    pub slug: Option<String>,
    /// The folded address of the account that is to own it.
    pub owner: Option<String>,
    /// Whether it works at once; else it is suspended until somebody has looked.
    pub is_active: bool,
    /// The trace in which this is done.
    pub trace: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrived {
    pub id: String,
    pub slug: String,
    /// Whether it has the id that it had.
    pub is_same: bool,
    pub rows: u64,
    /// Members whose accounts are not here.
    pub members_left_out: u64,
    /// Rows that belong to others here, such as a host name.
    pub rows_left_out: u64,
    pub api_keys: u64,
}

/// Carries the tenant of `carried`, a file of this schema, into `target`. All of it arrives, or nothing.
pub fn carry_in(target: &Path, carried: &Path, arrival: &Arrival, now: Timestamp) -> Result<Arrived> {
    must_be_sound(&check_file(carried)?)?;
    let guest = super::only_resident(carried)?.ok_or_else(|| {
        Error::conflict("There is no tenant in this file; is it a backup of a whole instance?")
    })?;
    let conn = open(target)?;
    conn.execute("ATTACH ?1 AS carried", [carried.to_string_lossy()]).map_err(explain)?;
    let tx = conn.unchecked_transaction().map_err(explain)?;
    let mut arrived = admit(&conn, &guest, arrival)?;
    let number = insert_tenant(&conn, &arrived, arrival.is_active, now).map_err(explain)?;
    for holder in holders(&conn)? {
        let (came, left) = insert_rows(&conn, &holder, guest.number.get(), number).map_err(explain)?;
        arrived.rows += came;
        arrived.rows_left_out += left;
    }
    arrived.members_left_out = leave_out_strangers(&conn, number).map_err(explain)?;
    arrived.rows -= arrived.members_left_out;
    arrived.api_keys = count_keys(&conn, number).map_err(explain)?;
    give_owner(&conn, number, arrival.owner.as_deref(), now)?;
    let ended = rechain(&conn, number).map_err(explain)?;
    let origin = json!({ "id": guest.id, "slug": guest.slug, "lastHash": ended }).to_string();
    for chain in [number, 1] {
        write_down(&conn, chain, &arrived, &origin, &arrival.trace, now).map_err(explain)?;
    }
    tx.commit().map_err(explain)?;
    Ok(arrived)
}

fn must_be_sound(findings: &Findings) -> Result<()> {
    match &findings.problems[..] {
        [] if findings.schema_version == Some(newest_version()) => Ok(()),
        [] => Err(Error::internal("the carried file was not migrated")),
        problems => Err(Error::conflict(format!(
            "What was carried is not whole, so nothing was taken in: {}",
            problems.join(" ")
        ))),
    }
}

fn open(target: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(target, flags).map_err(explain)?;
    conn.pragma_update(None, "synchronous", "FULL").map_err(explain)?;
    conn.pragma_update(None, "foreign_keys", true).map_err(explain)?;
    // Rows come table by table, so what refers to what is looked at when all are there.
    conn.pragma_update(None, "secure_delete", true).map_err(explain)?;
    Ok(conn)
}

/// Who it will be here, when there is room for it.
fn admit(conn: &Connection, guest: &Resident, arrival: &Arrival) -> Result<Arrived> {
    conn.pragma_update(None, "defer_foreign_keys", true).map_err(explain)?;
    let slug = arrival.slug.clone().unwrap_or_else(|| guest.slug.clone());
    if resident_of(conn, &slug)?.is_some() {
        return Err(Error::conflict(format!(
            "There is a tenant {slug} here already; bring this one in under another slug with --as."
        )));
    }
    let is_same = match (resident_of(conn, &guest.id)?, &arrival.slug) {
        (None, _) => true,
        (Some(_), Some(_)) => false,
        (Some(here), None) => {
            return Err(Error::conflict(format!(
                "This very tenant is here already, as {}; bring in a copy of it with --as and another slug.",
                here.slug
            )));
        }
    };
    let id = if is_same { guest.id.clone() } else { Id::<Resident>::fresh().to_string() };
    Ok(Arrived { id, slug, is_same, rows: 0, members_left_out: 0, rows_left_out: 0, api_keys: 0 })
}

fn insert_tenant(
    conn: &Connection,
    arrived: &Arrived,
    is_active: bool,
    now: Timestamp,
) -> rusqlite::Result<i64> {
    let given = ["id", "slug", "state", "updated_at"];
    let is_taken = |name: &String| name != "number" && !given.contains(&name.as_str());
    let taken: Vec<String> = columns_of(conn, "tenants")?.into_iter().filter(is_taken).collect();
    let names = taken.join("\", \"");
    let state = if is_active { "active" } else { "suspended" };
    conn.query_row(
        &format!(
            "INSERT INTO main.tenants (id, slug, state, updated_at, \"{names}\")
             SELECT ?1, ?2, ?3, ?4, \"{names}\" FROM carried.tenants WHERE number <> 1 RETURNING number"
        ),
        (&arrived.id, &arrived.slug, state, now.millis()),
        |row| row.get(0),
    )
}

/// How many rows came, and how many did not because others here have them.
fn insert_rows(conn: &Connection, holder: &Holder, old: i64, new: i64) -> rusqlite::Result<(u64, u64)> {
    let Holder { table, whose, is_apart, .. } = holder;
    let names = holder.names();
    let or_not = if *is_apart { "" } else { "OR IGNORE" };
    let came = conn.execute(
        &format!(
            "INSERT {or_not} INTO main.\"{table}\" (\"{whose}\"{names})
             SELECT ?1{names} FROM carried.\"{table}\" WHERE \"{whose}\" = ?2"
        ),
        (new, old),
    )? as u64;
    let there: i64 = conn.query_row(
        &format!("SELECT count(*) FROM carried.\"{table}\" WHERE \"{whose}\" = ?1"),
        [old],
        |row| row.get(0),
    )?;
    Ok((came, there.unsigned_abs() - came))
}

/// An account is of its instance: memberships of those who are not here would be nobody's.
fn leave_out_strangers(conn: &Connection, tenant: i64) -> rusqlite::Result<u64> {
    let left = conn.execute(
        "DELETE FROM main.members_all
         WHERE tenant_id = ?1 AND account_id NOT IN (SELECT id FROM main.users_all WHERE tenant_id = 1)",
        [tenant],
    )?;
    Ok(left as u64)
}

fn count_keys(conn: &Connection, tenant: i64) -> rusqlite::Result<u64> {
    let keys: i64 =
        conn.query_row("SELECT count(*) FROM main.api_keys_all WHERE tenant_id = ?1", [tenant], |row| {
            row.get(0)
        })?;
    Ok(keys.unsigned_abs())
}

/// Sees to it that somebody owns it: who is named, else who owned it, else the instance's only owner.
fn give_owner(conn: &Connection, tenant: i64, named: Option<&str>, now: Timestamp) -> Result<()> {
    let account = match named {
        Some(address) => Some(account_of(conn, address)?),
        None if has_owner(conn, tenant).map_err(explain)? => None,
        None => Some(only_owner(conn)?),
    };
    let Some(account) = account else { return Ok(()) };
    conn.execute(
        "INSERT INTO main.members_all (tenant_id, account_id, role, created_at) VALUES (?1, ?2, 'owner', ?3)
         ON CONFLICT (tenant_id, account_id) DO UPDATE SET role = 'owner'",
        (tenant, account, now.millis()),
    )
    .map(drop)
    .map_err(explain)
}

fn account_of(conn: &Connection, address: &str) -> Result<String> {
    conn.query_row("SELECT id FROM main.users_all WHERE tenant_id = 1 AND email_key = ?1", [address], |row| {
        row.get(0)
    })
    .optional()
    .map_err(explain)?
    .ok_or_else(|| Error::invalid("owner", format!("there is no account {address} here")))
}

fn has_owner(conn: &Connection, tenant: i64) -> rusqlite::Result<bool> {
    conn.query_row(
        "SELECT count(*) > 0 FROM main.members_all WHERE tenant_id = ?1 AND role = 'owner'",
        [tenant],
        |row| row.get(0),
    )
}

fn only_owner(conn: &Connection) -> Result<String> {
    let read = || -> rusqlite::Result<Vec<String>> {
        conn.prepare(
            "SELECT account_id FROM main.members_all WHERE tenant_id = 1 AND role = 'owner' LIMIT 2",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
    };
    match &read().map_err(explain)?[..] {
        [only] => Ok(only.clone()),
        [] => Err(Error::invalid(
            "owner",
            "there is no account here to own it; `steading account create --owner` makes one",
        )),
        _ => {
            Err(Error::invalid("owner", "there are several owners here; name one account with --owner EMAIL"))
        }
    }
}

/// Adds a row to the end of a chain, as `kernel/audit` does.
fn write_down(
    conn: &Connection,
    chain: i64,
    arrived: &Arrived,
    origin: &str,
    trace: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let (last, previous): (i64, String) = conn
        .query_row(
            "SELECT last_number, last_hash FROM main.audit_chains_all WHERE tenant_id = ?1",
            [chain],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?
        .unwrap_or((0, BEGINNING.to_owned()));
    let (id, subject) = (Id::<Link<'_>>::fresh().to_string(), format!("tenant:{}", arrived.id));
    let after = json!({ "id": arrived.id, "slug": arrived.slug, "rows": arrived.rows }).to_string();
    let link = Link {
        tenant: chain,
        number: last + 1,
        id: &id,
        at: now.millis(),
        actor: "system",
        action: "tenant.brought_in",
        subject: &subject,
        address: "",
        trace_id: trace,
        before: Some(origin),
        after: Some(&after),
    };
    let hash = link.hash(&previous);
    conn.execute(
        "INSERT INTO main.audit_all (tenant_id, number, id, at, actor, action, subject, address, trace_id, before,
                                     after, previous_hash, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        (
            chain, link.number, &id, link.at, link.actor, link.action, &subject, link.address, trace, origin,
            &after, &previous, &hash,
        ),
    )?;
    conn.execute(
        "INSERT INTO main.audit_chains_all (tenant_id, last_number, last_hash, pruned_number, pruned_hash)
         VALUES (?1, ?2, ?3, 0, ?4)
         ON CONFLICT (tenant_id) DO UPDATE SET last_number = ?2, last_hash = ?3",
        (chain, link.number, &hash, BEGINNING),
    )
    .map(drop)
}

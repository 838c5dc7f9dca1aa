//! The chain of hashes over the audit: what makes a changed row visible.
//!
//! A row's hash covers all of its fields and the hash of the row before it, so a row can't be
//! changed, moved, slipped in or taken out without the chain breaking there. The two ends lie in
//! `audit_chains_all`. The hashes are no secret: whoever can write to the file and takes the trouble
//! can compute the whole chain anew.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

use super::failure::explain;
use crate::base::Result;

/// What stands for the hash before the first row.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The fields of one row, as its hash covers them.
#[derive(Debug, Clone)]
pub struct Link<'r> {
    pub tenant: i64,
    pub number: i64,
    pub id: &'r str,
    pub at: i64,
    pub actor: &'r str,
    pub action: &'r str,
    pub subject: &'r str,
    pub address: &'r str,
    pub trace_id: &'r str,
    pub before: Option<&'r str>,
    pub after: Option<&'r str>,
}

impl Link<'_> {
    /// The hash of this row after one with the hash `previous`, in hexadecimal. Each text is led by
    /// its length, so nothing can be moved from one field to the next.
    pub fn hash(&self, previous: &str) -> String {
        let mut hash = Sha256::new();
        for number in [self.tenant, self.number, self.at] {
            hash.update(number.to_le_bytes());
        }
        let texts =
            [previous, self.id, self.actor, self.action, self.subject, self.address, self.trace_id].map(Some);
        for text in texts.into_iter().chain([self.before, self.after]) {
            match text {
                None => hash.update([0]),
                Some(text) => {
                    hash.update([1]);
                    hash.update((text.len() as u64).to_le_bytes());
                    hash.update(text);
                }
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Where a chain has come to: the number and the hash of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    number: i64,
    hash: String,
}

/// What is known of one tenant's chain while its rows are walked.
struct Walk {
    slug: String,
    at: End,
    last: End,
    is_broken: bool,
}

/// The first bad row of each tenant's audit, as a sentence; empty when every chain holds.
pub(super) fn broken_chains(conn: &Connection) -> Result<Vec<String>> {
    let walk = || -> rusqlite::Result<Vec<String>> {
        let mut walks = begin(conn)?;
        let mut broken = Vec::new();
        let mut rows = conn.prepare(
            "SELECT tenant_id, number, id, at, actor, action, subject, address, trace_id, before, after,
                    previous_hash, hash
             FROM audit_all WHERE tenant_id IN (SELECT number FROM tenants WHERE state <> 'deleting')
             ORDER BY tenant_id, number",
        )?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let tenant: i64 = row.get("tenant_id")?;
            let walk = walks.entry(tenant).or_insert_with(|| Walk::of_nobody(tenant));
            broken.extend(walk.step(row)?);
        }
        broken.extend(walks.into_values().filter_map(Walk::end));
        Ok(broken)
    };
    walk().map_err(explain)
}

/// The beginning of every chain. A tenant in deletion has none any more.
fn begin(conn: &Connection) -> rusqlite::Result<HashMap<i64, Walk>> {
    let mut chains = conn.prepare(
        "SELECT number, slug, coalesce(pruned_number, 0), coalesce(pruned_hash, ?1),
                coalesce(last_number, 0), coalesce(last_hash, ?1)
         FROM tenants LEFT JOIN audit_chains_all ON tenant_id = number WHERE state <> 'deleting'",
    )?;
    let rows = chains.query_map([BEGINNING], |row| {
        let at = End { number: row.get(2)?, hash: row.get(3)? };
        let last = End { number: row.get(4)?, hash: row.get(5)? };
        Ok((row.get(0)?, Walk { slug: row.get(1)?, at, last, is_broken: false }))
    })?;
    rows.collect()
}

impl Walk {
    fn of_nobody(tenant: i64) -> Self {
        let nothing = End { number: 0, hash: BEGINNING.into() };
        Self { slug: format!("number {tenant}"), at: nothing.clone(), last: nothing, is_broken: false }
    }

    /// Goes on to the next row, and says what is wrong with it when nothing was wrong before.
    fn step(&mut self, row: &Row<'_>) -> rusqlite::Result<Option<String>> {
        if self.is_broken {
            return Ok(None);
        }
        let number: i64 = row.get("number")?;
        let (previous, hash): (String, String) = (row.get("previous_hash")?, row.get("hash")?);
        let expected = self.at.number + 1;
        let wrong = if number > expected {
            Some(format!("row {expected} is missing"))
        } else if number < expected {
            Some(format!("row {number} lies before the rows that are kept"))
        } else if hash_of(row, &previous)? != hash {
            Some(format!("row {number} was changed"))
        } else if previous != self.at.hash {
            Some(format!("row {number} does not follow the one before it"))
        } else {
            None
        };
        self.is_broken = wrong.is_some();
        self.at = End { number, hash };
        Ok(wrong.map(|wrong| self.sentence(&wrong)))
    }

    fn end(self) -> Option<String> {
        if self.is_broken || self.at == self.last {
            return None;
        }
        Some(self.sentence(&match self.at.number < self.last.number {
            true => format!("the rows after {} are missing", self.at.number),
            false => format!("row {} is not the one that was written last", self.at.number),
        }))
    }

    fn sentence(&self, wrong: &str) -> String {
        format!("The audit of the tenant {} was tampered with: {wrong}.", self.slug)
    }
}

fn hash_of(row: &Row<'_>, previous: &str) -> rusqlite::Result<String> {
    let text = |name: &str| row.get::<_, String>(name);
    let (before, after): (Option<String>, Option<String>) = (row.get("before")?, row.get("after")?);
    let link = Link {
        tenant: row.get("tenant_id")?,
        number: row.get("number")?,
        id: &text("id")?,
        at: row.get("at")?,
        actor: &text("actor")?,
        action: &text("action")?,
        subject: &text("subject")?,
        address: &text("address")?,
        trace_id: &text("trace_id")?,
        before: before.as_deref(),
        after: after.as_deref(),
    };
    Ok(link.hash(previous))
}

/// Rows of a chain that are held at once.
const ROWS_A_PIECE: i64 = 1_000;

/// Computes a tenant's chain anew, after its rows came under another number, and says with which hash it ended
/// before.
pub(super) fn rechain(conn: &Connection, tenant: i64) -> rusqlite::Result<Option<String>> {
    let ends: Option<(i64, String, String)> = conn
        .query_row(
            "SELECT pruned_number, pruned_hash, last_hash FROM main.audit_chains_all WHERE tenant_id = ?1",
            [tenant],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((number, hash, ended)) = ends else { return Ok(None) };
    let mut at = End { number, hash };
    while let Some(end) = rechain_piece(conn, tenant, &at)? {
        at = end;
    }
    conn.execute("UPDATE main.audit_chains_all SET last_hash = ?2 WHERE tenant_id = ?1", (tenant, &at.hash))?;
    Ok(Some(ended))
}

/// The same for some rows after this one; nothing when there are none.
fn rechain_piece(conn: &Connection, tenant: i64, after: &End) -> rusqlite::Result<Option<End>> {
    let mut ends: Vec<(String, End)> = Vec::new();
    let mut rows = conn.prepare(
        "SELECT tenant_id, number, id, at, actor, action, subject, address, trace_id, before, after
         FROM main.audit_all WHERE tenant_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
    )?;
    let mut rows = rows.query((tenant, after.number, ROWS_A_PIECE))?;
    while let Some(row) = rows.next()? {
        let previous = ends.last().map_or(&after.hash, |(_, end)| &end.hash).clone();
        let hash = hash_of(row, &previous)?;
        ends.push((previous, End { number: row.get("number")?, hash }));
    }
    let mut change = conn.prepare(
        "UPDATE main.audit_all SET previous_hash = ?3, hash = ?4 WHERE tenant_id = ?1 AND number = ?2",
    )?;
    for (previous, end) in &ends {
        change.execute((tenant, end.number, previous, &end.hash))?;
    }
    Ok(ends.pop().map(|(_, end)| end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: Link<'_> = Link {
        tenant: 2,
        number: 1,
        id: "a",
        at: 7,
        actor: "system",
        action: "tenant.created",
        subject: "tenant:a",
        address: "",
        trace_id: "t",
        before: None,
        after: Some("{}"),
    };

    #[test]
    fn nothing_moves_between_the_fields() {
        let hash = LINK.hash(BEGINNING);
        for other in [
            Link { actor: "syste", action: "mtenant.created", ..LINK },
            Link { before: Some("{}"), after: None, ..LINK },
            Link { before: Some(""), ..LINK },
            Link { tenant: 1, number: 2, ..LINK },
            Link { tenant: 3, ..LINK },
        ] {
            assert_ne!(other.hash(BEGINNING), hash, "{other:?}");
        }
        assert_ne!(LINK.hash(&hash), hash);
    }
}

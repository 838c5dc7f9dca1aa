//! Deleting everything that a tenant has, in pieces small enough that nobody waits behind them.

use std::collections::HashSet;

use rusqlite::Connection;

use super::TenantNo;
use super::failure::explain;
use super::isolation::tenant_tables;
use super::tx::SystemWrite;
use crate::base::Result;

impl SystemWrite<'_> {
    /// Deletes up to `limit` rows of the tenant from whichever table still has some, and says how
    /// many. Zero means that nothing of it is left.
    pub fn erase_some(&self, tenant: TenantNo, limit: u32) -> Result<u64> {
        let conn = self.session().raw();
        self.session().shared().speak_as(super::session::Voice::Store);
        let tables = referring_first(conn);
        self.session().shared().speak_as(super::session::Voice::Tenant);
        for base in tables? {
            let erased = self.erase_from(conn, &base, tenant, limit)?;
            if erased > 0 {
                return Ok(erased);
            }
        }
        Ok(0)
    }

    fn erase_from(&self, conn: &Connection, base: &str, tenant: TenantNo, limit: u32) -> Result<u64> {
        let text = format!(
            "/* system */ DELETE FROM main.\"{base}\" WHERE rowid IN
             (SELECT rowid FROM main.\"{base}\" WHERE tenant_id = ?1 LIMIT ?2)"
        );
        self.session().shared().speak_as(super::session::Voice::System);
        let erased =
            conn.prepare_cached(&text).and_then(|mut statement| statement.execute((tenant.get(), limit)));
        self.session().shared().speak_as(super::session::Voice::Tenant);
        erased.map(|rows| rows as u64).map_err(explain)
    }
}

/// The tenant tables in an order in which a row goes before the row that it refers to.
fn referring_first(conn: &Connection) -> Result<Vec<String>> {
    let mut waiting = Vec::new();
    for table in tenant_tables(conn)? {
        let targets = targets_of(conn, &table.base).map_err(explain)?;
        waiting.push((table.base, targets));
    }
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let referred: HashSet<String> = waiting
            .iter()
            .flat_map(|(base, targets)| targets.iter().filter(move |target| *target != base))
            .cloned()
            .collect();
        let (free, held): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(base, _)| !referred.contains(base));
        if free.is_empty() {
            // A circle of references: any order is as good, and the engine will say so.
            ordered.extend(held.into_iter().map(|(base, _)| base));
            break;
        }
        ordered.extend(free.into_iter().map(|(base, _)| base));
        waiting = held;
    }
    Ok(ordered)
}

fn targets_of(conn: &Connection, base: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?1)")?
        .query_map([base], |row| row.get(0))?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order_of(schema: &str) -> Vec<String> {
        let conn = Connection::open_in_memory().expect("a database in memory");
        conn.execute_batch(schema).expect("a schema");
        referring_first(&conn).expect("the schema can be read")
    }

    #[test]
    fn a_table_comes_before_those_that_it_refers_to() {
        let ordered = order_of(
            "CREATE TABLE a_all (tenant_id, id, PRIMARY KEY (tenant_id, id));
             CREATE TABLE b_all (tenant_id, id, a REFERENCES a_all (id));
             CREATE TABLE c_all (tenant_id, id, a REFERENCES a_all (id), b REFERENCES b_all (id));
             CREATE TABLE d_all (tenant_id REFERENCES tenants (number), id);",
        );
        assert_eq!(ordered, ["c_all", "d_all", "b_all", "a_all"]);
    }

    #[test]
    fn a_table_that_refers_to_itself_or_in_a_circle_is_there_once() {
        let ordered = order_of(
            "CREATE TABLE a_all (tenant_id, id, parent REFERENCES a_all (id));
             CREATE TABLE b_all (tenant_id, id, c REFERENCES c_all (id));
             CREATE TABLE c_all (tenant_id, id, b REFERENCES b_all (id));",
        );
        assert_eq!(ordered, ["a_all", "b_all", "c_all"]);
    }
}

//! Deleting everything that a tenant has, in pieces small enough that nobody waits behind them.

use std::collections::HashSet;

use rusqlite::Connection;

use super::TenantNo;
use super::failure::explain;
use super::isolation::{TenantTable, tenant_tables};
use super::tx::SystemWrite;
use crate::base::Result;

impl SystemWrite<'_> {
    /// Deletes up to `limit` rows of the tenant from whichever table still has some, and says how
    /// many. Zero means that nothing of it is left.
    pub fn erase_some(&self, tenant: TenantNo, limit: u32) -> Result<u64> {
        #[cfg(test)]
        super::by_hand::boundary()?;
        let conn = self.session().raw();
        self.session().shared().speak_as(super::session::Voice::Store);
        let tables = referring_first(conn);
        self.session().shared().speak_as(super::session::Voice::Tenant);
        for table in tables? {
            let erased = self.erase_from(conn, &table, tenant, limit)?;
            if erased > 0 {
                return Ok(erased);
            }
        }
        Ok(0)
    }

    /// The last by key first: with ids that ascend, what refers goes before what it refers to.
    fn erase_from(
        &self,
        conn: &Connection,
        table: &TenantTable,
        tenant: TenantNo,
        limit: u32,
    ) -> Result<u64> {
        let keys = |ending: &str| {
            let keys = table.columns.iter().filter(|column| column.is_key);
            keys.map(|key| format!("\"{}\"{ending}", key.name)).collect::<Vec<_>>().join(", ")
        };
        let (base, names, newest) = (&table.base, keys(""), keys(" DESC"));
        let text = match names.is_empty() {
            // One row for each tenant.
            true => format!("/* system */ DELETE FROM main.\"{base}\" WHERE tenant_id = ?1 AND ?2 > 0"),
            false => format!(
                "/* system */ DELETE FROM main.\"{base}\" WHERE tenant_id = ?1 AND ({names}) IN
                 (SELECT {names} FROM main.\"{base}\" WHERE tenant_id = ?1 ORDER BY {newest} LIMIT ?2)"
            ),
        };
        self.session().shared().speak_as(super::session::Voice::System);
        let erased =
            conn.prepare_cached(&text).and_then(|mut statement| statement.execute((tenant.get(), limit)));
        #[cfg(test)]
        {
            self.session().shared().speak_as(super::session::Voice::Store);
            super::by_hand::look(conn, "erase_some")?;
        }
        self.session().shared().speak_as(super::session::Voice::Tenant);
        erased.map(|rows| rows as u64).map_err(explain)
    }
}

/// The tenant tables in an order in which a row goes before the row that it refers to.
fn referring_first(conn: &Connection) -> Result<Vec<TenantTable>> {
    let mut waiting = Vec::new();
    for table in tenant_tables(conn)? {
        let targets = targets_of(conn, &table.base).map_err(explain)?;
        waiting.push((table, targets));
    }
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let referred: HashSet<String> = waiting
            .iter()
            .flat_map(|(table, targets)| targets.iter().filter(|target| **target != table.base))
            .cloned()
            .collect();
        let (free, held): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(table, _)| !referred.contains(&table.base));
        if free.is_empty() {
            // A circle of references: any order is as good, and the engine will say so.
            ordered.extend(held.into_iter().map(|(table, _)| table));
            break;
        }
        ordered.extend(free.into_iter().map(|(table, _)| table));
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
        let ordered = referring_first(&conn).expect("the schema can be read");
        ordered.into_iter().map(|table| table.base).collect()
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

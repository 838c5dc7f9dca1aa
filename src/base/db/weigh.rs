//! Weighing a tenant: about how many bytes its rows take in the file. Rows are counted, and the newest and the oldest
//! of a table are measured for all of it; so it is right to about a quarter when rows are alike.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::TenantNo;
use super::failure::explain;
use super::isolation::tenant_tables;
use super::session::Voice;
use super::tx::SystemRead;
use crate::base::Result;

/// Rows that are measured at either end of a table.
const MEASURED: u32 = 100;

/// What a stored number takes, about, and what a row and an entry of an index take beside their values.
const NUMBER: u32 = 5;
const ROW: u32 = 12;
const ENTRY: u32 = 12;

/// How each tenant table is weighed. Cheap to clone.
#[derive(Clone)]
pub struct Scales(Arc<[TableScale]>);

struct TableScale {
    count: String,
    /// The average of a row and what the indexes hold of it, at the beginning of the table and at its end.
    ends: [String; 2],
}

impl Scales {
    pub fn of(tx: &SystemRead<'_>) -> Result<Self> {
        let session = tx.session();
        session.shared().speak_as(Voice::Store);
        let scales = scales_of(session.raw());
        session.shared().speak_as(Voice::Tenant);
        scales
    }

    pub fn weigh(&self, tx: &SystemRead<'_>, tenant: TenantNo) -> Result<u64> {
        let session = tx.session();
        session.shared().speak_as(Voice::System);
        let weighed: rusqlite::Result<f64> =
            self.0.iter().map(|scale| scale.weigh(session.raw(), tenant)).sum();
        session.shared().speak_as(Voice::Tenant);
        weighed.map(|bytes| bytes as u64).map_err(explain)
    }
}

impl TableScale {
    fn weigh(&self, conn: &Connection, tenant: TenantNo) -> rusqlite::Result<f64> {
        let rows: f64 = conn.prepare_cached(&self.count)?.query_row([tenant.get()], |row| row.get(0))?;
        let mut averages = Vec::new();
        if rows > 0.0 {
            for end in &self.ends {
                let mut statement = conn.prepare_cached(end)?;
                let average = statement.query_row([tenant.get()], |row| row.get::<_, Option<f64>>(0));
                averages.extend(average.optional()?.flatten());
            }
        }
        Ok(rows * averages.iter().sum::<f64>() / averages.len().max(1) as f64)
    }
}

fn scales_of(conn: &Connection) -> Result<Scales> {
    let tables = tenant_tables(conn)?;
    let scales = tables.into_iter().map(|table| {
        let base = table.base;
        let row = row_of(conn, &base)?;
        let keys: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.is_key)
            .map(|key| format!("\"{}\"", key.name))
            .collect();
        let end = |order: &str| {
            let order: Vec<String> = keys.iter().map(|key| format!("{key} {order}")).collect();
            let order =
                if order.is_empty() { String::new() } else { format!("ORDER BY {}", order.join(", ")) };
            format!(
                "/* system */ SELECT avg(bytes) FROM (SELECT {row} AS bytes FROM main.\"{base}\"
                 WHERE tenant_id = ?1 {order} LIMIT {MEASURED})"
            )
        };
        let count =
            format!("/* system */ SELECT CAST(count(*) AS REAL) FROM main.\"{base}\" WHERE tenant_id = ?1");
        Ok(TableScale { count, ends: [end("ASC"), end("DESC")] })
    });
    scales.collect::<rusqlite::Result<Vec<_>>>().map(|scales| Scales(scales.into())).map_err(explain)
}

/// A row and its entries in all indexes, as an expression.
fn row_of(conn: &Connection, base: &str) -> rusqlite::Result<String> {
    let columns: Vec<(String, String)> = conn
        .prepare("SELECT name, type FROM pragma_table_xinfo(?1)")?
        .query_map([base], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let value = |name: &str| match columns.iter().find(|(column, _)| column == name) {
        Some((name, kind)) if kind == "TEXT" || kind == "BLOB" => {
            format!("ifnull(octet_length(\"{name}\"), 0)")
        }
        _ => NUMBER.to_string(),
    };
    let mut parts = vec![ROW.to_string()];
    parts.extend(columns.iter().map(|(name, _)| value(name)));
    // Those of a part of the rows hold few of them.
    let indexed: Vec<Option<String>> = conn
        .prepare(
            "SELECT columns.name FROM pragma_index_list(?1) AS indexes
             JOIN pragma_index_info(indexes.name) AS columns WHERE indexes.partial = 0",
        )?
        .query_map([base], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    parts.extend(indexed.iter().flatten().map(|name| value(name)));
    let whole: u32 =
        conn.query_row("SELECT count(*) FROM pragma_index_list(?1) WHERE partial = 0", [base], |row| {
            row.get(0)
        })?;
    parts.push((whole * ENTRY).to_string());
    Ok(parts.join(" + "))
}

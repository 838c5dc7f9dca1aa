//! Out: a file of its own with what one tenant has.

use std::path::Path;

use rusqlite::Connection;
use url::Url;

use super::{columns_of, holders};
use crate::base::db::TenantNo;
use crate::base::db::copy::{Copied, Course};
use crate::base::db::failure::explain;
use crate::base::db::migrations::{migrate, newest_version, schema_version};
use crate::base::{Error, Result, Timestamp};

/// Writes a new file with what this tenant has in the source, which may be served meanwhile, as it is at one
/// moment.
pub fn carry_out(
    source: &Path,
    target: &Path,
    tenant: TenantNo,
    now: Timestamp,
    course: &mut Course<'_>,
) -> Result<Copied> {
    let schema_version = schema_version(source)?.unwrap_or_default();
    if schema_version != newest_version() {
        return Err(Error::conflict(format!(
            "The database has schema version {schema_version} and this binary works with {}; carry the tenant \
             with the binary that serves it, or start this one there first.",
            newest_version()
        )));
    }
    migrate(target, target.parent().unwrap_or(Path::new(".")), now)?;
    let conn = Connection::open(target).map_err(explain)?;
    conn.pragma_update(None, "journal_mode", "DELETE").map_err(explain)?;
    conn.pragma_update(None, "synchronous", "OFF").map_err(explain)?;
    conn.pragma_update(None, "secure_delete", true).map_err(explain)?;
    // Rows come table by table, and are all there at the end; they were whole where they come from.
    conn.pragma_update(None, "foreign_keys", false).map_err(explain)?;
    conn.execute("ATTACH ?1 AS source", [read_only(source)?]).map_err(explain)?;
    conn.execute_batch("BEGIN").map_err(explain)?;
    copy_tenant(&conn, tenant).map_err(explain)?;
    let all = holders(&conn)?;
    for (done, holder) in all.iter().enumerate() {
        course.must_go_on()?;
        let (table, whose, names) = (&holder.table, &holder.whose, holder.names());
        conn.execute(
            &format!(
                "INSERT INTO main.\"{table}\" (\"{whose}\"{names})
                 SELECT \"{whose}\"{names} FROM source.\"{table}\" WHERE \"{whose}\" = ?1"
            ),
            [tenant.get()],
        )
        .map_err(explain)?;
        (course.tell)(done as u64 + 1, all.len() as u64);
    }
    conn.execute_batch("COMMIT; DETACH source").map_err(explain)?;
    drop(conn);
    let file = std::fs::File::open(target).map_err(Error::internal)?;
    file.sync_all().map_err(Error::internal)?;
    Ok(Copied { bytes: file.metadata().map_err(Error::internal)?.len(), schema_version })
}

fn copy_tenant(conn: &Connection, tenant: TenantNo) -> rusqlite::Result<()> {
    let names = columns_of(conn, "tenants")?.join("\", \"");
    let copied = conn.execute(
        &format!(
            "INSERT INTO main.tenants (\"{names}\") SELECT \"{names}\" FROM source.tenants WHERE number = ?1"
        ),
        [tenant.get()],
    )?;
    match copied {
        0 => Err(rusqlite::Error::QueryReturnedNoRows),
        _ => Ok(()),
    }
}

/// The file's address with which the engine can't write to it.
fn read_only(file: &Path) -> Result<String> {
    let whole = file.canonicalize().map_err(Error::internal)?;
    let url = Url::from_file_path(whole).map_err(|()| Error::internal("a path that is no address"))?;
    Ok(format!("{url}?mode=ro"))
}

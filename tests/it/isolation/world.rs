//! A world: a file with tenants in it, and one connection of tenant 2 as the store confines it.
//!
//! There are two. In the crowded one other tenants have rows; in the lonely one there is nobody
//! else. Tenant 2 has the same in both, so a statement that ends differently in them learned
//! something about others: a row, a count, an existence, a conflict, an error.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use steading::base::Timestamp;
use steading::base::db::session::{self, Shared, Voice};
use steading::base::db::{BEGINNING, Column, Db, Link, Settings, Stored, Synchronous, TenantNo, isolation};
use tempfile::TempDir;

use super::suite::{Guard, Manner};

/// The attacker.
pub const OWN: i64 = 2;

/// The others, and the mark that every text of theirs bears.
pub const FOREIGN: &[(i64, &str)] = &[(1, "LEAK1"), (3, "LEAK3"), (4, "LEAK4")];

const SEED: &str = include_str!("seed.sql");

/// A secret that a test tells the attacker.
pub const TOLD: &str = "0123456789abcdef0123456789abcdef";

/// A file to copy worlds from.
pub struct Template {
    dir: TempDir,
}

impl Template {
    pub fn new(is_crowded: bool, without: Option<Guard>) -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        drop(Db::open(&settings(dir.path()), Timestamp::from_millis(0)).expect("a new file"));
        let conn = Connection::open(file(dir.path())).expect("the file opens");
        conn.pragma_update(None, "foreign_keys", true).expect("foreign keys");
        if without == Some(Guard::TenantInEveryKey) {
            conn.execute_batch("CREATE UNIQUE INDEX leak ON users_all (email_key)").expect("an index");
        }
        add_tenant(&conn, OWN, "OURS");
        for (number, mark) in FOREIGN.iter().filter(|_| is_crowded) {
            add_tenant(&conn, *number, mark);
        }
        Self { dir }
    }

    /// A new world, in a directory of its own.
    pub fn open(&self, manner: Manner, without: Option<Guard>) -> World {
        let dir = TempDir::new().expect("a temporary directory");
        let path = file(dir.path());
        std::fs::copy(file(self.dir.path()), &path).expect("a copy");
        let watcher = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("it opens");
        let mut conn = match manner {
            Manner::ReadOnly => session::open_for_reading(&path),
            _ => session::open_for_writing(&path, Synchronous::Normal),
        }
        .expect("it opens");
        // Nothing here has to survive a power cut.
        conn.pragma_update(None, "synchronous", "OFF").expect("synchronous");
        let secret = match without {
            Some(Guard::SecretNames | Guard::TenantFilter) => TOLD.to_owned(),
            _ => isolation::fresh_secret().expect("a secret"),
        };
        let shared = session::confine(&mut conn, &secret).expect("it is confined");
        match without {
            Some(Guard::Authorizer) => take_authorizer_away(&mut conn),
            Some(Guard::TenantFilter) => take_filters_away(&conn),
            _ => {}
        }
        shared.serve(Some(number(OWN)));
        shared.speak_as(Voice::Tenant);
        let mut world = World {
            dir,
            conn,
            shared,
            watcher,
            secret,
            files: Vec::new(),
            version: None,
            foreign: String::new(),
        };
        world.files = world.list_files();
        world.version = world.data_version();
        world.foreign = world.foreign_rows().expect("it can be read");
        world
    }
}

pub struct World {
    pub dir: TempDir,
    pub conn: Connection,
    pub shared: Arc<Shared>,
    pub secret: String,
    /// An unconfined connection, which looks at what the attacker's did.
    watcher: Connection,
    files: Vec<PathBuf>,
    version: Option<i64>,
    foreign: String,
}

impl World {
    /// What an attack did that it must not do, apart from what it learned.
    pub fn damage(&self) -> Vec<&'static str> {
        let mut damage = Vec::new();
        if !self.is_untouched() {
            match self.foreign_rows() {
                Ok(rows) if rows == self.foreign => {}
                Ok(_) => damage.push("changed foreign rows or the schema"),
                Err(_) => damage.push("made the file unreadable for others"),
            }
        }
        if self.list_files() != self.files {
            damage.push("made or removed a file");
        }
        damage
    }

    /// Whether nobody has written to the file since it was opened.
    pub fn is_untouched(&self) -> bool {
        self.data_version().is_some_and(|version| Some(version) == self.version)
    }

    fn data_version(&self) -> Option<i64> {
        self.watcher.query_row("PRAGMA data_version", [], |row| row.get(0)).ok()
    }

    /// Everything but the rows of the attacker, and the schema.
    fn foreign_rows(&self) -> rusqlite::Result<String> {
        let mut text = self.dump("SELECT type, name, tbl_name, sql FROM main.sqlite_schema")?;
        for table in self.tables()? {
            let condition =
                if table.ends_with("_all") { format!("tenant_id <> {OWN}") } else { "true".to_owned() };
            text += &self.dump(&format!("SELECT * FROM main.\"{table}\" WHERE {condition} ORDER BY 1, 2"))?;
        }
        Ok(text)
    }

    /// The rows of the attacker.
    pub fn own_rows(&self) -> rusqlite::Result<String> {
        let mut text = String::new();
        for table in self.tenant_tables() {
            text += &self
                .dump(&format!("SELECT * FROM main.\"{table}\" WHERE tenant_id = {OWN} ORDER BY 1, 2"))?;
        }
        Ok(text)
    }

    pub fn count(&self, base: &str, tenant: i64) -> i64 {
        let text = format!("SELECT count(*) FROM main.\"{base}\" WHERE tenant_id = {tenant}");
        self.watcher.query_row(&text, [], |row| row.get(0)).expect("a count")
    }

    /// The base tables of tenants.
    pub fn tenant_tables(&self) -> Vec<String> {
        let tables = self.tables().expect("the schema can be read");
        tables.into_iter().filter(|table| table.ends_with("_all")).collect()
    }

    fn tables(&self) -> rusqlite::Result<Vec<String>> {
        self.watcher
            .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name")?
            .query_map([], |row| row.get(0))?
            .collect()
    }

    fn dump(&self, text: &str) -> rusqlite::Result<String> {
        let mut statement = self.watcher.prepare(text)?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns)
                .map(|column| Ok(format!("{:?}", row.get_ref(column)?)))
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        rows.map(|row| Ok(row?.join(" ") + "\n")).collect()
    }

    fn list_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.dir.path()).expect("the directory");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    }
}

pub fn settings(dir: &Path) -> Settings {
    Settings {
        file: file(dir),
        backups: dir.join("backups"),
        synchronous: Synchronous::Normal,
        readers: 1,
        read_limit: Duration::from_secs(10),
        write_limit: Duration::from_secs(10),
        write_queue: 16,
    }
}

pub fn file(dir: &Path) -> PathBuf {
    dir.join("steading.db")
}

pub fn number(tenant: i64) -> TenantNo {
    TenantNo::read(Stored::Int(tenant)).expect("a number")
}

pub fn add_tenant(conn: &Connection, number: i64, mark: &str) {
    conn.execute(
        "INSERT OR IGNORE INTO tenants (number, id, slug, name, state, created_at, updated_at)
         VALUES (?1, ?2, ?2, ?2, 'active', 0, 0)",
        (number, mark),
    )
    .expect("a tenant");
    conn.execute(
        "INSERT INTO tenant_hosts (host, tenant_number) VALUES (?1 || '.example', ?2)",
        (mark, number),
    )
    .expect("a host");
    let rows = SEED.replace("{tenant}", &number.to_string()).replace("{mark}", mark);
    conn.execute_batch(&rows).expect("the seed fits the schema");
    add_audit(conn, number, mark);
}

/// Two rows of the tenant's audit, chained as the kernel chains them.
fn add_audit(conn: &Connection, tenant: i64, mark: &str) {
    let (subject, trace) = (format!("user:{mark}-u1"), format!("{mark}-trace"));
    let mut previous = BEGINNING.to_owned();
    for (number, id) in [(1, format!("{mark}-a1")), (2, "same".into())] {
        let (at, after) = (tenant * 100 + number, format!(r#"{{"of":"{mark}"}}"#));
        let link = Link {
            tenant,
            number,
            id: &id,
            at,
            actor: &subject,
            action: "user.signed_in",
            subject: &subject,
            address: mark,
            trace_id: &trace,
            before: None,
            after: Some(&after),
        };
        let hash = link.hash(&previous);
        conn.execute(
            "INSERT INTO audit_all (tenant_id, number, id, at, actor, action, subject, address, trace_id,
                                    after, previous_hash, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, 'user.signed_in', ?5, ?6, ?7, ?8, ?9, ?10)",
            (tenant, number, &id, at, &subject, mark, &trace, &after, &previous, &hash),
        )
        .expect("a row of the audit");
        previous = hash;
    }
    conn.execute("INSERT INTO audit_chains_all VALUES (?1, 2, ?2, 0, ?3)", (tenant, &previous, BEGINNING))
        .expect("the ends of the chain");
}

fn take_authorizer_away(conn: &mut Connection) {
    use rusqlite::hooks::{AuthContext, Authorization};
    conn.authorizer(None::<fn(AuthContext<'_>) -> Authorization>).expect("no authorizer");
}

fn take_filters_away(conn: &Connection) {
    for table in isolation::tenant_tables(conn).expect("the tables") {
        let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let (names, view, base) = (names.join(", "), &table.view, &table.base);
        conn.execute_batch(&format!(
            "DROP VIEW temp.read_{TOLD}_{view};
             CREATE TEMP VIEW read_{TOLD}_{view} AS SELECT {names} FROM main.{base};"
        ))
        .expect("views without a filter");
    }
}

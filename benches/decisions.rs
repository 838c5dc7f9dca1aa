//! The measurements behind two decisions of the store (docs/architecture.md): what a tenant's write
//! costs through its view beside a guarded base table, and what a UUID in every key costs beside a
//! number. Run it with `cargo bench --bench decisions`; compare ratios within one run.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use steading::base::db::session::{confine, open_for_writing};
use steading::base::db::{Db, Settings, Synchronous, TenantNo};
use steading::base::{Clock, Id};
use tempfile::TempDir;

const ROWS: usize = 50_000;
const ROUNDS: usize = 21;
const WRITES_A_ROUND: usize = 500;

fn main() {
    view_beside_guard();
    number_beside_uuid();
}

fn view_beside_guard() {
    let dir = TempDir::new().expect("a directory");
    let file = dir.path().join("steading.db");
    make_store(&dir);
    let mut conn = open_for_writing(&file, Synchronous::Normal).expect("it opens");
    let ids = fill(&conn);
    conn.execute_batch(
        "CREATE TRIGGER guard BEFORE UPDATE ON requests_all
         WHEN OLD.tenant_id IS NOT current_tenant() OR NEW.tenant_id IS NOT current_tenant()
         BEGIN SELECT RAISE(ABORT, 'another tenant''s row'); END;",
    )
    .expect("a guard");
    let shared = confine(&mut conn, "bench").expect("it is confined");
    shared.serve(Some(TenantNo::INSTANCE));
    let through_view = "UPDATE requests SET title = ?2 WHERE id = ?1";
    let on_base = "UPDATE requests_all SET title = ?2 WHERE tenant_id = current_tenant() AND id = ?1";
    let mut view = Vec::new();
    let mut base = Vec::new();
    for round in 0..ROUNDS {
        let slice = &ids[(round * WRITES_A_ROUND) % ROWS..][..WRITES_A_ROUND];
        shared.speak_as(steading::base::db::session::Voice::Store);
        base.push(time_updates(&conn, on_base, slice));
        view.push(time_updates(&conn, through_view, slice));
    }
    let (view, base) = (median(&mut view), median(&mut base));
    println!("update of one column, one of {ROWS} rows, five indexes");
    println!("  on the guarded base table  {:>8.1} µs", micros(base));
    println!("  through the tenant's view  {:>8.1} µs   {:.2} times", micros(view), ratio(view, base));
}

fn make_store(dir: &TempDir) {
    let settings = Settings {
        file: dir.path().join("steading.db"),
        backups: dir.path().join("backups"),
        synchronous: Synchronous::Normal,
        readers: 1,
        read_limit: Duration::from_secs(5),
        write_limit: Duration::from_secs(5),
        write_queue: 16,
    };
    Db::open(&settings, Clock::System.now()).expect("a store").close();
}

fn fill(conn: &Connection) -> Vec<String> {
    let ids: Vec<String> = (0..ROWS).map(|_| Id::<()>::fresh().to_string()).collect();
    conn.execute_batch("BEGIN").expect("it begins");
    for (number, id) in ids.iter().enumerate() {
        conn.prepare_cached(
            "INSERT INTO requests_all
             VALUES (1, ?1, 'A title of some words', '', 'open', 1, ?1, NULL, NULL, ?2, ?2)",
        )
        .and_then(|mut insert| insert.execute((id, i64::try_from(number).expect("few"))))
        .expect("a row");
    }
    conn.execute_batch("COMMIT").expect("it commits");
    ids
}

fn time_updates(conn: &Connection, text: &str, ids: &[String]) -> Duration {
    conn.execute_batch("BEGIN").expect("it begins");
    let started = Instant::now();
    for id in ids {
        let changed = conn.prepare_cached(text).and_then(|mut update| update.execute((id, "Another title")));
        changed.expect("an update");
    }
    let took = started.elapsed() / u32::try_from(ids.len()).expect("few");
    conn.execute_batch("ROLLBACK").expect("it rolls back");
    took
}

fn number_beside_uuid() {
    let tenants: Vec<String> = (0..100).map(|_| Id::<()>::fresh().to_string()).collect();
    let (number_size, number_time) = fill_table("INTEGER", |row| (row % 100).to_string());
    let (uuid_size, uuid_time) = fill_table("TEXT", |row| tenants[row % 100].clone());
    println!("a table of {} rows with three indexes that begin with the tenant", 4 * ROWS);
    println!("  the tenant is a number  {:>6.1} MB  filled in {:>6.2} s", number_size, number_time);
    println!(
        "  the tenant is a UUID    {:>6.1} MB  filled in {:>6.2} s   {:.2} times the size, {:.2} the time",
        uuid_size,
        uuid_time,
        uuid_size / number_size,
        uuid_time / number_time
    );
}

fn fill_table(kind: &str, tenant: impl Fn(usize) -> String) -> (f64, f64) {
    let dir = TempDir::new().expect("a directory");
    let file = dir.path().join("table.db");
    let conn = Connection::open(&file).expect("it opens");
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         CREATE TABLE t (tenant_id {kind} NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL,
                         assignee TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)) STRICT;
         CREATE INDEX a ON t (tenant_id, status, created_at, id);
         CREATE INDEX b ON t (tenant_id, assignee, created_at, id);
         CREATE INDEX c ON t (tenant_id, created_at, id);"
    ))
    .expect("a table");
    let rows: Vec<(String, String)> =
        (0..4 * ROWS).map(|row| (tenant(row), Id::<()>::fresh().to_string())).collect();
    let started = Instant::now();
    for chunk in rows.chunks(1_000) {
        conn.execute_batch("BEGIN").expect("it begins");
        for (tenant, id) in chunk {
            conn.prepare_cached("INSERT INTO t VALUES (?1, ?2, 'open', ?2, 1767225600000)")
                .and_then(|mut insert| insert.execute((tenant, id)))
                .expect("a row");
        }
        conn.execute_batch("COMMIT").expect("it commits");
    }
    let took = started.elapsed().as_secs_f64();
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("it is folded in");
    let size = std::fs::metadata(&file).expect("a file").len();
    (size as f64 / 1e6, took)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

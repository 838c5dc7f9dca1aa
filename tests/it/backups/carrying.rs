//! One tenant, carried from one file into another.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;
use steading::base::db::{Arrival, Db, Settings, check_file};
use steading::kernel::backups::{Backup, BroughtIn, Source, Workplace};
use steading::kernel::identity::Tokens;
use tempfile::TempDir;

use super::{BEGINNING, GOES_ON, make, silent, workplace};
use crate::isolation::{add_tenant, settings};

/// A directory in which these tenants are, each with rows in every table; the first is the instance.
fn inhabited(marks: &[&str]) -> (TempDir, Workplace) {
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace(dir.path());
    let (file, backups) = (place.data.database(), place.data.backups());
    drop(Db::open(&Settings { file, backups, ..settings(dir.path()) }, BEGINNING).expect("a new file"));
    Tokens::open(&place.data.keys()).expect("a first key");
    let conn = database(&place);
    for (number, mark) in (1..).zip(marks) {
        add_tenant(&conn, number, mark);
    }
    (dir, place)
}

fn database(place: &Workplace) -> Connection {
    Connection::open(place.data.database()).expect("the file opens")
}

fn carry_out(place: &Workplace, tenant: &str) -> PathBuf {
    let file = place.data.path().join(format!("{tenant}.tar"));
    place.carry_out(tenant, &file, &GOES_ON, &mut silent()).expect("it is carried out");
    file
}

fn bring_in(place: &Workplace, file: &Path, arrival: &Arrival) -> steading::base::Result<BroughtIn> {
    place.bring_in(file, arrival, &GOES_ON, &mut silent())
}

/// The database in a file that was carried out, as it is unpacked.
fn unpacked(file: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let tell = &mut |_, _| {};
    let course = &mut steading::base::db::Course { stop: &GOES_ON, tell };
    Backup::open(file).expect("it opens").read_database(&mut bytes, course).expect("it is whole");
    bytes
}

fn tenant_tables(conn: &Connection) -> Vec<String> {
    let mut names = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*_all' ORDER BY name")
        .expect("a statement");
    names.query_map([], |row| row.get(0)).expect("the names").map(|name| name.expect("a name")).collect()
}

/// Every row of a tenant in a table, without its number and what follows from that.
fn rows_of(conn: &Connection, table: &str, slug: &str) -> Vec<Vec<Value>> {
    let hashes = ["tenant_id", "hash", "previous_hash", "last_hash"];
    let mut statement = conn
        .prepare(&format!(
            "SELECT * FROM {table} WHERE tenant_id = (SELECT number FROM tenants WHERE slug = ?1)"
        ))
        .expect("a statement");
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let wanted: Vec<usize> =
        (0..names.len()).filter(|column| !hashes.contains(&names[*column].as_str())).collect();
    let rows = statement
        .query_map([slug], |row| wanted.iter().map(|column| row.get(*column)).collect())
        .expect("its rows");
    let mut rows: Vec<Vec<Value>> = rows.map(|row| row.expect("a row")).collect();
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

#[test]
fn a_tenant_arrives_whole_in_another_instance() {
    let (_here, here) = inhabited(&["LEAK1", "acme", "LEAK3", "LEAK4"]);
    let (_there, there) = inhabited(&["REAL1", "REAL2", "REAL3"]);
    let file = carry_out(&here, "acme");
    let arrival = Arrival { owner: Some("real1-u1@example.com".into()), ..Arrival::default() };
    // The seed's addresses are in capitals, as its marks are.
    database(&there)
        .execute("UPDATE users_all SET email_key = lower(email_key) WHERE tenant_id = 1", [])
        .expect("folded addresses");
    let brought = bring_in(&there, &file, &arrival).expect("it is brought in");
    assert!(brought.arrived.is_same && !brought.tokens_hold && !brought.is_active);
    assert_eq!(
        check_file(&there.data.database()).expect("it can be looked at").problems,
        Vec::<String>::new()
    );
    let (old, new) = (database(&here), database(&there));
    let tables = tenant_tables(&old);
    assert!(tables.len() > 20, "{tables:?}");
    for table in &tables {
        let (before, mut after) = (rows_of(&old, table, "acme"), rows_of(&new, table, "acme"));
        match table.as_str() {
            // A row says where it came from, and who did not come along is not a member.
            "audit_all" => after.retain(|row| !row.contains(&Value::Text("tenant.brought_in".into()))),
            "audit_chains_all" | "members_all" => continue,
            _ => {}
        }
        assert!(!before.is_empty(), "{table} is empty");
        assert_eq!(before, after, "{table}");
    }
    let state: String = new
        .query_row("SELECT state FROM tenants WHERE slug = 'acme'", [], |row| row.get(0))
        .expect("it is there");
    assert_eq!(state, "suspended");
}

#[test]
fn nothing_of_another_tenant_and_no_key_is_in_the_file() {
    let (_dir, place) = inhabited(&["LEAK1", "acme", "LEAK3", "LEAK4"]);
    let file = carry_out(&place, "acme");
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|some| some == text.as_bytes());
    let key = fs::read_to_string(place.data.keys().join("1.ed25519")).expect("the signing key");
    let whole = fs::read(place.data.database()).expect("the whole");
    assert!(has(&whole, "LEAK1") && has(&whole, "LEAK3") && has(&whole, "LEAK4"), "they are there to leak");
    for bytes in [unpacked(&file), fs::read(&file).expect("the file")] {
        assert!(!has(&bytes, "LEAK") && !has(&bytes, key.trim()));
    }
    assert!(has(&unpacked(&file), "acme-u1@example.com"));
}

#[test]
fn the_same_tenant_and_a_slug_that_is_taken_are_refused() {
    let (_dir, place) = inhabited(&["one", "acme", "other"]);
    let file = carry_out(&place, "acme");
    let refused = bring_in(&place, &file, &Arrival::default()).expect_err("it is here");
    assert!(refused.message().contains("--as"), "{refused}");
    let taken = Arrival { slug: Some("other".into()), ..Arrival::default() };
    assert!(bring_in(&place, &file, &taken).expect_err("taken").message().contains("other"));
}

#[test]
fn a_copy_under_another_slug_is_another_tenant() {
    let (_dir, place) = inhabited(&["one", "acme", "other"]);
    let file = carry_out(&place, "acme");
    let arrival = Arrival {
        slug: Some("acme-copy".into()),
        owner: Some("one-u1@example.com".into()),
        is_active: true,
        ..Arrival::default()
    };
    let brought = bring_in(&place, &file, &arrival).expect("it is brought in");
    assert!(!brought.arrived.is_same && !brought.tokens_hold && brought.is_active);
    assert_eq!(
        check_file(&place.data.database()).expect("it can be looked at").problems,
        Vec::<String>::new()
    );
    let conn = database(&place);
    assert_eq!(rows_of(&conn, "requests_all", "acme"), rows_of(&conn, "requests_all", "acme-copy"));
    let ids: i64 = conn
        .query_row("SELECT count(DISTINCT id) FROM tenants WHERE slug LIKE 'acme%'", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(ids, 2);
}

#[test]
fn a_tenant_that_was_deleted_comes_back_with_its_id_and_its_tokens() {
    let (_dir, place) = inhabited(&["one", "acme"]);
    let file = carry_out(&place, "acme");
    let conn = database(&place);
    conn.pragma_update(None, "foreign_keys", false).expect("any order");
    for table in tenant_tables(&conn) {
        conn.execute(&format!("DELETE FROM {table} WHERE tenant_id = 2"), []).expect("its rows go");
    }
    conn.execute_batch(
        "DELETE FROM tenant_hosts WHERE tenant_number = 2; DELETE FROM tenants WHERE number = 2",
    )
    .expect("it goes");
    let arrival = Arrival { owner: Some("one-u1@example.com".into()), ..Arrival::default() };
    let brought = bring_in(&place, &file, &arrival).expect("it is brought in");
    assert!(brought.arrived.is_same && brought.tokens_hold);
}

#[test]
fn a_backup_of_an_instance_is_no_tenant_and_a_tenant_is_no_instance() {
    let (_dir, place) = inhabited(&["one", "acme"]);
    let (_, whole) = make(&place).expect("a backup");
    let refused = bring_in(&place, &whole, &Arrival::default()).expect_err("no tenant");
    assert!(refused.message().contains("whole instance"), "{refused}");
    let file = carry_out(&place, "acme");
    let refused =
        place.restore(&Source::Backup(file), true, &GOES_ON, &mut silent()).expect_err("no instance");
    assert!(refused.message().contains("restore-tenant"), "{refused}");
}

#[test]
fn a_tenant_that_is_not_there_and_a_file_that_is_are_refused() {
    let (_dir, place) = inhabited(&["one", "acme"]);
    let file = carry_out(&place, "acme");
    let again = place.carry_out("acme", &file, &GOES_ON, &mut silent()).expect_err("it exists");
    assert!(again.message().contains("exists already"), "{again}");
    let other = place.data.path().join("other.tar");
    place.carry_out("nobody", &other, &GOES_ON, &mut silent()).expect_err("nobody");
    place.carry_out("instance", &other, &GOES_ON, &mut silent()).expect_err("the reserved tenant");
    assert!(!other.exists());
}

/// Whoever adds a table that belongs to no tenant adds its name here, and so says that a tenant needs nothing of it.
#[test]
fn every_table_is_a_tenants_or_known_to_be_nobodys() {
    let (_dir, place) = inhabited(&["one"]);
    let mut names = database(&place)
        .prepare(
            "SELECT name FROM sqlite_schema AS one
             WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '*_all'
               AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_list(one.name) WHERE \"table\" = 'tenants')
             ORDER BY name",
        )
        .and_then(|mut names| {
            names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
        })
        .expect("the names");
    names.retain(|name| name != "tenants");
    assert_eq!(names, ["refinery_schema_history", "setup_codes"]);
}

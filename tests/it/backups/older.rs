//! A tenant that a binary with an older schema carried out.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use steading::base::db::{Arrival, Db, Settings, check_file, newest_version};
use steading::kernel::backups::Workplace;
use steading::kernel::identity::Tokens;
use tempfile::TempDir;

use super::{BEGINNING, GOES_ON, make, silent, workplace};
use crate::isolation::{add_tenant, settings};
use crate::upgrades::fixtures;

const DATABASE: &str = "steading.db.zst";

/// A directory with what an older binary left, as a dump has it.
fn left_by_an_older_binary(dump: &str) -> (TempDir, Workplace) {
    let dir = TempDir::new().expect("a temporary directory");
    let place = workplace(dir.path());
    database(&place).execute_batch(dump).expect("what was dumped");
    Tokens::open(&place.data.keys()).expect("a first key");
    (dir, place)
}

fn database(place: &Workplace) -> Connection {
    Connection::open(place.data.database()).expect("the file opens")
}

fn hash_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Leaves what one tenant has, as it is in a file that was carried out.
fn leave_alone(place: &Workplace, slug: &str) {
    let conn = database(place);
    conn.pragma_update(None, "foreign_keys", false).expect("any order");
    let tables: Vec<String> = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*_all'")
        .and_then(|mut names| names.query_map([], |row| row.get(0))?.collect())
        .expect("the tables");
    let number = "(SELECT number FROM tenants WHERE slug = ?1)";
    for table in tables {
        conn.execute(&format!("DELETE FROM {table} WHERE tenant_id <> {number}"), [slug]).expect("others go");
    }
    conn.execute(&format!("DELETE FROM tenant_hosts WHERE tenant_number <> {number}"), [slug])
        .expect("others go");
    conn.execute("DELETE FROM tenants WHERE slug <> ?1 AND number <> 1", [slug]).expect("others go");
}

/// Makes a backup of the whole into the file that the older binary would have written for one tenant: without keys, and
/// with a manifest that says whose it is.
fn of_one_tenant(whole: &Path, slug: &str) -> PathBuf {
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in tar::Archive::new(File::open(whole).expect("the backup")).entries().expect("its parts") {
        let mut entry = entry.expect("a part");
        let (name, mut bytes) = (entry.path().expect("a name").display().to_string(), Vec::new());
        entry.read_to_end(&mut bytes).expect("it is read");
        parts.push((name, bytes));
    }
    let part = |name: &str| &parts.iter().find(|(known, _)| known == name).expect("a part").1;
    let mut manifest: Value = serde_json::from_slice(part("manifest.json")).expect("JSON");
    manifest["contents"] =
        json!({ "kind": "tenant", "id": "01a1fdd0-5e6c-70ce-9549-5288579611a2", "slug": slug });
    let database = manifest["parts"].as_array().expect("parts").iter().find(|part| part["name"] == DATABASE);
    manifest["parts"] = json!([database.expect("the database")]);
    let manifest = serde_json::to_vec_pretty(&manifest).expect("JSON");
    let hash = format!("{}  manifest.json\n", hash_of(&manifest)).into_bytes();
    let path = whole.with_file_name("acme.tar");
    let mut file = tar::Builder::new(File::create(&path).expect("a file"));
    for (name, bytes) in
        [(DATABASE, part(DATABASE)), ("manifest.json", &manifest), ("manifest.json.sha256", &hash)]
    {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).expect("a short name");
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(BEGINNING.seconds().unsigned_abs());
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        file.append(&header, &bytes[..]).expect("it is written");
    }
    file.finish().expect("it is whole");
    path
}

#[test]
fn a_tenant_of_an_older_schema_is_brought_in_whole() {
    for (schema, dump) in fixtures() {
        let (_here, here) = left_by_an_older_binary(&dump);
        leave_alone(&here, "acme");
        let (made, whole) = make(&here).expect("a backup");
        assert_eq!(made.backup.schema_version, Some(schema));
        let file = of_one_tenant(&whole, "acme");

        let dir = TempDir::new().expect("a temporary directory");
        let there = workplace(dir.path());
        let (at, backups) = (there.data.database(), there.data.backups());
        drop(
            Db::open(&Settings { file: at, backups, ..settings(dir.path()) }, BEGINNING).expect("a new file"),
        );
        Tokens::open(&there.data.keys()).expect("a first key");
        add_tenant(&database(&there), 1, "real1");
        let arrival = Arrival { owner: Some("real1-u1@example.com".into()), ..Arrival::default() };
        let brought = there.bring_in(&file, &arrival, &GOES_ON, &mut silent()).expect("it is brought in");
        assert!(brought.arrived.is_same && !brought.tokens_hold, "{brought:?}");

        let findings = check_file(&there.data.database()).expect("it can be looked at");
        assert_eq!((findings.schema_version, findings.problems), (Some(newest_version()), Vec::new()));
        let titles = |place: &Workplace| -> Vec<String> {
            database(place)
                .prepare(
                    "SELECT title FROM requests_all
                     WHERE tenant_id = (SELECT number FROM tenants WHERE slug = 'acme') ORDER BY id",
                )
                .and_then(|mut titles| titles.query_map([], |row| row.get(0))?.collect())
                .expect("its requests")
        };
        let came = titles(&there);
        assert!(came.contains(&"The printer burns".to_owned()), "schema {schema}: {came:?}");
        assert_eq!(came, titles(&here));
        let slugs: Vec<String> = database(&there)
            .prepare("SELECT slug FROM tenants ORDER BY number")
            .and_then(|mut slugs| slugs.query_map([], |row| row.get(0))?.collect())
            .expect("the tenants");
        assert_eq!(slugs.len(), 2, "nobody else came along: {slugs:?}");
    }
}

#[test]
fn a_tenant_is_carried_out_of_an_older_schema_by_the_binary_that_serves_it() {
    for (schema, dump) in fixtures() {
        let (_dir, place) = left_by_an_older_binary(&dump);
        let target = place.data.path().join("acme.tar");
        let refused =
            place.carry_out("acme", &target, &GOES_ON, &mut silent()).expect_err("it is of another binary");
        let said = format!("schema version {schema} and this binary works with {}", newest_version());
        assert!(refused.message().contains(&said), "{refused}");
        assert!(refused.message().contains("start this one there first"), "it says what to do: {refused}");
        assert!(!target.exists());
    }
}

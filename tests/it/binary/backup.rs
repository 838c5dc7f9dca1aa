//! Backups by the real binary: killed in the middle, restored, and a tenant that moves house.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection as Database;

use super::home::{Home, PATIENCE, Server};
use super::http::Connection;

fn names(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.data().join("backups")).expect("the folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name")).collect()
}

/// Some megabytes, so that a backup takes long enough to be killed in its middle.
fn enlarge(home: &Home) {
    let conn = Database::open(home.database()).expect("the file opens");
    conn.execute_batch(
        "WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
         INSERT INTO requests_all (tenant_id, id, title, description, status, priority, requester, created_at, updated_at)
         SELECT (SELECT number FROM tenants WHERE slug = 'acme'), printf('0198c1de-7f00-7000-8000-%012x', n), 'old',
                hex(randomblob(1500)), 'done', 1, '0198c1de-7f00-7000-8000-000000000000', 1, 1
         FROM numbers",
    )
    .expect("old requests");
}

/// Asks the server for a backup and waits until a half one is there.
fn begin(home: &Home, server: &Server, token: &str) {
    let mut connection = Connection::open(server, token);
    connection.post("/api/backups", "{}").expect(202);
    let end = Instant::now() + PATIENCE;
    while !names(home).iter().any(|name| name.starts_with(".unfinished-")) {
        assert!(Instant::now() < end, "no backup begins");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_backup_whose_server_was_killed_counts_for_nothing_and_is_made_again() {
    let home = Home::new();
    home.furnish();
    enlarge(&home);
    let made = home.run(&["token", "create", "--account", "ada@acme.example"]).expect(0).out;
    let token = made.trim();
    for _ in 0..3 {
        let server = home.serve();
        begin(&home, &server, token);
        server.kill();
        assert!(!names(&home).iter().any(|name| name.starts_with("steading-")), "{:?}", names(&home));
        assert_eq!(
            home.run(&["backup", "list", "--json"]).expect(0).json().as_array().map(Vec::len),
            Some(0)
        );
    }
    let server = home.serve();
    home.run(&["backup", "create"]).expect(0);
    let made = names(&home);
    assert!(made.len() == 1 && made[0].starts_with("steading-"), "{made:?}");
    home.run(&["backup", "verify", &made[0]]).expect(0);
    home.run(&["backup", "drill", &made[0]]).expect(0);
    assert!(server.stop().success());
}

#[test]
fn a_backup_is_restored_only_when_nobody_serves_and_only_by_force() {
    let home = Home::new();
    let token = home.furnish();
    let server = home.serve();
    let mut connection = Connection::open(&server, &token);
    let before = connection.open_request("Before").expect(201).id();
    let made = home.run(&["backup", "create", "--json"]).expect(0).json();
    let name = made["name"].as_str().expect("a name");
    let after = connection.open_request("After").expect(201).id();
    assert!(home.run(&["backup", "restore", name, "--force"]).expect(3).line().contains("is using"));
    assert!(server.stop().success());
    assert!(home.run(&["backup", "restore", name]).expect(1).err.contains("--force"));
    let restored = home.run(&["backup", "restore", name, "--force", "--json"]).expect(0).json();
    assert!(restored["replaced"].as_str().is_some_and(|path| path.contains("replaced-")), "{restored}");
    home.run(&["check"]).expect(0);
    let server = home.serve();
    let mut connection = Connection::open(&server, &token);
    connection.get(&format!("/api/requests/{before}")).expect(200);
    connection.get(&format!("/api/requests/{after}")).expect(404);
}

#[test]
fn a_damaged_backup_is_named_with_the_place_of_its_damage() {
    let home = Home::new();
    home.furnish();
    let made = home.run(&["backup", "create", "--json"]).expect(0).json();
    let path = home.data().join("backups").join(made["name"].as_str().expect("a name"));
    let mut bytes = fs::read(&path).expect("the backup");
    bytes[5_000] ^= 1;
    fs::write(&path, bytes).expect("the damage");
    for act in ["verify", "drill"] {
        let said = home.run(&["backup", act, path.to_str().expect("a path")]).expect(4);
        assert!(said.out.contains("between the bytes 512 and"), "{act}: {said:?}");
    }
}

#[test]
fn verifying_and_drilling_agree_about_every_damage() {
    let home = Home::new();
    home.furnish();
    let made = home.run(&["backup", "create", "--json"]).expect(0).json();
    let path = home.data().join("backups").join(made["name"].as_str().expect("a name"));
    let whole = fs::read(&path).expect("the backup");
    let cut = whole[..whole.len() / 2].to_vec();
    let spoilt = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damages =
        [spoilt(3), spoilt(whole.len() - 3_000), spoilt(whole.len() - 3), cut, Vec::new(), b"tar".into()];
    for (nth, bytes) in damages.into_iter().enumerate() {
        fs::write(&path, bytes).expect("the damage");
        for act in ["verify", "drill"] {
            let said = home.run(&["backup", act, path.to_str().expect("a path"), "--json"]).expect(4);
            assert_ne!(said.json()["problems"], serde_json::json!([]), "{act} of damage {nth}");
        }
    }
    fs::remove_file(&path).expect("it goes");
    for act in ["verify", "drill"] {
        home.run(&["backup", act, path.to_str().expect("a path")]).expect(1);
    }
}

#[test]
fn a_tenant_moves_to_another_instance() {
    let (here, there) = (Home::new(), Home::new());
    let token = here.furnish();
    let server = here.serve();
    let mut connection = Connection::open(&server, &token);
    let id = connection.open_request("It moves along").expect(201).id();
    let file = here.path().join("acme.tar");
    let file = file.to_str().expect("a path");
    let said = here.run(&["backup", "tenant", "acme", "--out", file]).expect(0);
    assert!(said.out.contains("suspend it first"), "{said:?}");
    assert!(server.stop().success());

    there.run(&["account", "create", "--email", "eve@there.example", "--owner"]).expect(0);
    let server = there.serve();
    assert!(there.run(&["backup", "restore-tenant", file]).expect(3).line().contains("is using"));
    assert!(server.stop().success());
    let said = there.run(&["backup", "restore-tenant", file, "--as", "guests"]).expect(0);
    assert!(said.out.contains("void here") && said.out.contains("tenant resume guests"), "{said:?}");
    there.run(&["check"]).expect(0);
    there.run(&["tenant", "resume", "guests"]).expect(0);
    let token =
        there.run(&["token", "create", "--account", "eve@there.example", "--tenant", "guests"]).expect(0);
    let server = there.serve();
    let mut connection = Connection::open(&server, token.out.trim());
    connection.get(&format!("/api/requests/{id}")).expect(200);
}

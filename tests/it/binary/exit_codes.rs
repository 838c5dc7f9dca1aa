//! What commands end with: the table in docs/operations.md, tried out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::home::Home;

#[test]
fn a_command_ends_with_the_code_that_the_handbook_gives_to_its_failure() {
    let home = Home::new();
    home.furnish();
    let (rubbish, carried) = (home.path().join("rubbish.tar"), home.path().join("acme.tar"));
    let (rubbish, carried) = (rubbish.to_str().expect("a path"), carried.to_str().expect("a path"));
    fs::write(rubbish, "no backup").expect("a file");
    let made = home.run(&["backup", "create", "--json"]).expect(0).json();
    let name = made["name"].as_str().expect("a name");
    home.run(&["backup", "tenant", "acme", "--out", carried]).expect(0);

    let mut seen = BTreeSet::new();
    let mut ends_with = |code: i32, home: &Home, arguments: &[&str], says: &str| {
        let said = home.run(arguments).expect(code);
        assert!(said.err.contains(says) || said.out.contains(says), "{arguments:?}: {said:?}");
        seen.insert(code.to_string());
    };
    ends_with(0, &home, &["check"], "");
    // What is there already is in nobody's use: who waits for a 3 to pass would wait for ever.
    ends_with(1, &home, &["backup", "restore", name], "--force");
    ends_with(1, &home, &["backup", "restore-tenant", carried], "already");
    ends_with(1, &home, &["backup", "restore-tenant", carried, "--as", "acme"], "already");
    ends_with(2, &home, &["dance"], "dance");
    ends_with(2, &home, &["serve", "--listen", "nowhere"], "nowhere");
    ends_with(4, &home, &["backup", "verify", rubbish], "");
    ends_with(4, &home, &["backup", "drill", rubbish], "");

    let server = home.serve();
    ends_with(3, &home, &["check"], "is using");
    ends_with(3, &home, &["serve"], "is using");
    ends_with(3, &Home::new(), &["serve", "--listen", server.address()], "is in use");
    assert_eq!(documented(), seen);
}

/// The first column of the table of exit codes.
fn documented() -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md"));
    let text = text.expect("a document");
    let table = text.lines().skip_while(|line| !line.starts_with("| exit code |")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split('|').nth(1)).map(|code| code.trim().to_owned()).collect()
}

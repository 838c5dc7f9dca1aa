//! The rules for schemas: this binary's schema keeps them, and each way of breaking them is found.

use rusqlite::Connection;
use steading::base::db::isolation::broken_rules;

use super::suite::Manner;
use super::world::Template;

/// A schema that breaks one rule, and what is said of it.
const BROKEN: &[(&str, &str)] = &[
    (
        "CREATE TABLE t_all (id TEXT PRIMARY KEY, tenant_id INTEGER NOT NULL) STRICT",
        "The primary key of t_all does not begin with tenant_id",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (id, tenant_id)) STRICT",
        "The primary key of t_all does not begin with tenant_id",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT) STRICT",
        "The primary key of t_all does not begin with tenant_id",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id))",
        "t_all is not STRICT",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT;
         CREATE INDEX t_by_id ON t_all (id, tenant_id)",
        "The index t_by_id of t_all does not begin with tenant_id",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT;
         CREATE INDEX t_by_word ON t_all (lower(id))",
        "The index t_by_word of t_all does not begin with tenant_id",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT UNIQUE, PRIMARY KEY (tenant_id, id)) STRICT",
        "of t_all does not begin with tenant_id",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT;
         CREATE UNIQUE INDEX t_once ON t_all (id) WHERE id > ''",
        "The index t_once of t_all does not begin with tenant_id",
    ),
    (
        "CREATE TABLE shared (id TEXT PRIMARY KEY) STRICT;
         CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT REFERENCES shared (id), PRIMARY KEY (tenant_id, id)) STRICT",
        "A foreign key of t_all to shared does not begin with tenant_id",
    ),
    (
        "CREATE TABLE u_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT;
         CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id),
             FOREIGN KEY (id, tenant_id) REFERENCES u_all (id, tenant_id)) STRICT",
        "A foreign key of t_all to u_all does not begin with tenant_id",
    ),
    (
        "CREATE TABLE u_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT;
         CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id),
             FOREIGN KEY (tenant_id, id) REFERENCES u_all (tenant_id, id) ON DELETE CASCADE) STRICT",
        "A foreign key of t_all to u_all has an action",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL REFERENCES tenants (number) ON UPDATE SET NULL,
             id TEXT, PRIMARY KEY (tenant_id, id)) STRICT",
        "A foreign key of t_all to tenants has an action",
    ),
    (
        "CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT;
         CREATE TRIGGER t_added AFTER INSERT ON t_all BEGIN SELECT 1; END",
        "t_all has a stored trigger",
    ),
    ("CREATE TABLE t (tenant_id INTEGER NOT NULL) STRICT", "t has a tenant_id"),
    ("CREATE TABLE T_ALL (tenant_id INTEGER NOT NULL) STRICT", "T_ALL has a tenant_id"),
    (
        "CREATE TABLE t (id TEXT) STRICT;
         CREATE TABLE t_all (tenant_id INTEGER NOT NULL, id TEXT, PRIMARY KEY (tenant_id, id)) STRICT",
        "t hides behind the view over t_all",
    ),
];

#[test]
fn this_binarys_schema_keeps_the_rules() {
    let world = Template::new(false, None).open(Manner::Autocommit, None);
    world.shared.speak_as(steading::base::db::session::Voice::Store);
    assert_eq!(broken_rules(&world.conn).expect("the schema can be read"), Vec::<String>::new());
}

#[test]
fn a_good_table_is_accepted() {
    let good = "CREATE TABLE tenants (number INTEGER PRIMARY KEY) STRICT;
         CREATE TABLE u_all (tenant_id INTEGER NOT NULL REFERENCES tenants (number), id TEXT NOT NULL,
             parent TEXT, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, parent),
             FOREIGN KEY (tenant_id, parent) REFERENCES u_all (tenant_id, id)) STRICT;
         CREATE INDEX u_by_word ON u_all (tenant_id, lower(id))";
    assert_eq!(broken_in(good), Vec::<String>::new());
}

#[test]
fn each_broken_rule_is_named() {
    for (schema, expected) in BROKEN {
        let broken = broken_in(schema);
        assert!(broken.iter().any(|said| said.contains(expected)), "{schema}\nis said to: {broken:?}");
    }
}

fn broken_in(schema: &str) -> Vec<String> {
    let conn = Connection::open_in_memory().expect("a database in memory");
    conn.execute_batch(schema).expect("the schema itself is well formed");
    broken_rules(&conn).expect("the schema can be read")
}

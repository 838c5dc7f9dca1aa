//! That the engine keeps tenants apart, whatever statement a tenant's code runs.

mod attack;
mod hostile;
mod rules;
mod store;
mod suite;
mod world;

use suite::{Guard, Manner, Report};
use world::{FOREIGN, OWN, Template};
pub use world::{add_tenant, file, number, settings};

#[test]
fn no_statement_of_a_writer_gets_through() {
    let report = suite::run(Manner::Autocommit, None);
    assert_nothing_got_through(&report);
    assert!(report.statements >= 400, "only {} statements", report.statements);
    assert!(report.surprises.is_empty(), "ended otherwise than written:\n{}", report.surprises.join("\n"));
}

#[test]
fn no_statement_inside_a_batch_gets_through() {
    assert_nothing_got_through(&suite::run(Manner::InBatch, None));
}

#[test]
fn no_statement_of_a_reader_gets_through() {
    assert_nothing_got_through(&suite::run(Manner::ReadOnly, None));
}

#[test]
fn the_suite_notices_that_the_authorizer_is_missing() {
    assert_noticed(Guard::Authorizer, "SELECT count(*) FROM requests_all");
}

#[test]
fn the_suite_notices_that_the_gate_is_missing() {
    assert_noticed(Guard::Gate, "EXPLAIN INSERT INTO requests (id) VALUES ('x')");
}

#[test]
fn the_suite_notices_that_the_names_can_be_guessed() {
    let spoof = "WITH read_{secret}_x AS (SELECT * FROM requests_all) SELECT * FROM read_{secret}_x";
    assert_noticed(Guard::SecretNames, &spoof.replace("{secret}", world::TOLD));
}

#[test]
fn the_suite_notices_that_the_views_show_every_tenant() {
    assert_noticed(Guard::TenantFilter, "SELECT * FROM requests");
}

#[test]
fn the_suite_notices_a_key_that_spans_tenants() {
    assert_noticed(
        Guard::TenantInEveryKey,
        "INSERT INTO users (id, email, email_key, name, state, created_at, updated_at) \
         VALUES ('new', 'LEAK3-u1@example.com', 'LEAK3-u1@example.com', 'n', 'active', 1, 1)",
    );
}

/// How the tables begin that only the kernel writes.
const READ_ONLY: [&str; 8] =
    ["audit", "dead_letter", "deliver", "event", "job", "subscription", "usage", "webhook"];

#[test]
fn while_no_tenant_is_served_nothing_is_seen_and_nothing_is_written() {
    let world = Template::new(true, None).open(Manner::Autocommit, None);
    world.shared.serve(None);
    let before = world.own_rows().expect("it can be read");
    for base in world.tenant_tables() {
        let view = base.trim_end_matches("_all");
        let mut texts = vec![format!("SELECT * FROM {view}")];
        if !READ_ONLY.iter().any(|start| base.starts_with(start)) {
            texts.push(format!("DELETE FROM {view} RETURNING 1"));
        }
        for text in texts {
            let mut statement = world.conn.prepare(&text).expect("a statement of a tenant");
            assert!(!statement.exists([]).expect("it runs"), "{text}");
        }
    }
    let insert = "INSERT INTO members (account_id, role, created_at) VALUES ('nobody', 'owner', 1)";
    world.conn.execute(insert, []).expect_err("a row belongs to a tenant");
    assert_eq!(world.own_rows().expect("it can be read"), before);
    assert!(world.damage().is_empty());
}

#[test]
fn every_tenant_table_has_rows_to_steal() {
    let world = Template::new(true, None).open(Manner::ReadOnly, None);
    for base in world.tenant_tables() {
        for (tenant, _) in FOREIGN.iter().chain(&[(OWN, "OURS")]) {
            assert!(world.count(&base, *tenant) > 0, "seed.sql puts no row of tenant {tenant} into {base}");
        }
    }
}

#[track_caller]
fn assert_nothing_got_through(report: &Report) {
    let breaches = &report.breaches;
    let told: String =
        breaches.iter().map(|breach| format!("{}\n    {}\n", breach.sql, breach.how)).collect();
    assert!(breaches.is_empty(), "{} breaches in {} statements:\n{told}", breaches.len(), report.statements);
}

#[track_caller]
fn assert_noticed(without: Guard, by: &str) {
    let report = suite::run(Manner::Autocommit, Some(without));
    assert!(
        report.breaches.iter().any(|breach| breach.sql == by),
        "without {without:?} {} of {} statements got through, and {by} did not",
        report.breaches.len(),
        report.statements,
    );
}

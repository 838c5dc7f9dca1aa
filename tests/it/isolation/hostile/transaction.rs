//! After the transaction, which holds the writes of others too.

use crate::isolation::attack::{Attack, denied, fails, invalid};

pub const ATTACKS: &[Attack] = &[
    denied("BEGIN"),
    denied("BEGIN IMMEDIATE"),
    denied("BEGIN EXCLUSIVE TRANSACTION"),
    denied("COMMIT"),
    denied("END TRANSACTION"),
    denied("ROLLBACK"),
    denied("ROLLBACK TO piece"),
    denied("SAVEPOINT mine"),
    denied("SAVEPOINT piece"),
    denied("RELEASE piece"),
    denied("RELEASE SAVEPOINT mine"),
    // The store's own words, which lie prepared in the cache.
    denied("/* store */ COMMIT"),
    denied("\n\t/* store */ RELEASE piece "),
    denied("/* store */ BEGIN IMMEDIATE"),
    denied("-- store\nCOMMIT"),
    denied("SELECT 1; COMMIT"),
    denied("DELETE FROM request_comments; ROLLBACK"),
    invalid("SELECT RAISE(ROLLBACK, 'all gone')"),
    invalid("SELECT RAISE(ABORT, 'all gone') FROM requests"),
    fails("UPDATE OR ROLLBACK requests SET priority = 99"),
    fails("UPDATE OR FAIL requests SET priority = priority + 2"),
];

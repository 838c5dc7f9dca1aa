//! After objects of one's own on the connection, which the next tenant would use.

use crate::isolation::attack::{Attack, denied};

pub const ATTACKS: &[Attack] = &[
    denied("CREATE TEMP TABLE mine (a)"),
    denied("CREATE TEMP TABLE requests_all (a)"),
    denied("CREATE TEMP TABLE tenants (number)"),
    denied("CREATE TABLE temp.json_each (a)"),
    denied("CREATE TEMP TABLE mine AS SELECT * FROM requests_all"),
    denied("CREATE TEMP VIEW mine AS SELECT * FROM requests_all"),
    denied("CREATE TEMP VIEW mine AS SELECT * FROM requests"),
    denied("CREATE TEMP VIEW read_{secret}_mine AS SELECT * FROM requests_all"),
    denied("CREATE TEMP TRIGGER mine INSTEAD OF INSERT ON requests BEGIN SELECT 1; END"),
    denied(
        "CREATE TEMP TRIGGER mine INSTEAD OF INSERT ON requests BEGIN UPDATE requests SET title = NEW.title; END",
    ),
    denied("CREATE TEMP TRIGGER mine AFTER INSERT ON main.requests_all BEGIN DELETE FROM requests_all; END"),
    denied(
        "CREATE TEMP TRIGGER insert_{secret}_mine AFTER INSERT ON main.members_all BEGIN \
            INSERT INTO requests SELECT * FROM requests; END",
    ),
    denied("CREATE VIRTUAL TABLE temp.mine USING fts5 (a)"),
    denied("CREATE VIRTUAL TABLE temp.mine USING fts5vocab (main, requests_all, 'row')"),
];

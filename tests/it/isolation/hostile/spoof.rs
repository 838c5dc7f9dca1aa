//! Names that pass for the ones that may read a base table: the engine reports the name of a common
//! table expression as the one who reads.

use crate::isolation::attack::{Attack, denied, invalid, runs};

pub const ATTACKS: &[Attack] = &[
    denied("WITH requests AS (SELECT * FROM requests_all) SELECT * FROM requests"),
    denied("WITH requests AS (SELECT * FROM main.requests_all) SELECT title FROM requests"),
    denied("WITH requests AS NOT MATERIALIZED (SELECT * FROM requests_all) SELECT * FROM requests"),
    denied(
        "WITH RECURSIVE requests(t) AS (SELECT title FROM requests_all UNION ALL \
            SELECT t FROM requests LIMIT 9) SELECT * FROM requests",
    ),
    denied("WITH requests_all AS (SELECT * FROM main.requests_all) SELECT * FROM requests_all"),
    denied("WITH temp AS (SELECT * FROM requests_all) SELECT * FROM temp"),
    denied("WITH read_ AS (SELECT * FROM requests_all) SELECT * FROM read_"),
    denied("WITH read_requests AS (SELECT * FROM requests_all) SELECT * FROM read_requests"),
    denied("WITH insert_requests AS (SELECT * FROM requests_all) SELECT * FROM insert_requests"),
    denied("WITH \"\" AS (SELECT * FROM requests_all) SELECT * FROM \"\""),
    denied("WITH \"read_%\" AS (SELECT * FROM requests_all) SELECT * FROM \"read_%\""),
    // These succeed for one who knows the secret, and only for him.
    denied("WITH read_{secret}_x AS (SELECT * FROM requests_all) SELECT * FROM read_{secret}_x"),
    denied(
        "WITH read_{secret}_requests AS (SELECT * FROM requests_all) SELECT * FROM read_{secret}_requests",
    ),
    denied("WITH insert_{secret}_x AS (SELECT * FROM requests_all) SELECT * FROM insert_{secret}_x"),
    denied("WITH update_{secret}_x AS (SELECT * FROM users_all) SELECT * FROM update_{secret}_x"),
    denied("WITH delete_{secret}_x AS (SELECT * FROM members_all) SELECT * FROM delete_{secret}_x"),
    denied("WITH delete_{secret}_x AS (SELECT number FROM tenants) SELECT * FROM delete_{secret}_x"),
    invalid("SELECT * FROM read_{secret}_requests"),
    invalid("INSERT INTO read_{secret}_requests (id) VALUES ('x')"),
    // A shadow of a view shows only what its writer could have shown.
    runs("WITH requests AS (SELECT 1 AS id) SELECT * FROM requests"),
    runs("WITH requests_all AS (SELECT * FROM requests) SELECT * FROM requests_all"),
    runs("WITH tenants(number) AS (SELECT 3) SELECT * FROM tenants JOIN requests"),
    runs("WITH current_tenant(n) AS (SELECT 3) SELECT * FROM current_tenant, requests"),
    runs("SELECT current_tenant FROM (SELECT 3 AS current_tenant), requests"),
];

//! After time and memory, which all tenants share.

use crate::isolation::attack::{Attack, denied, endless, fails, invalid, runs};

pub const ATTACKS: &[Attack] = &[
    endless("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"),
    endless("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n"),
    endless(
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) \
             SELECT sum(a.i) FROM (SELECT i FROM n LIMIT 100000) AS a, (SELECT i FROM n LIMIT 100000) AS b",
    ),
    endless(
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) \
             UPDATE requests SET priority = (SELECT count(*) FROM n)",
    ),
    endless(
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) \
             DELETE FROM request_comments WHERE id IN (SELECT 'x' || i FROM n)",
    ),
    endless(
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) \
             INSERT INTO members (account_id, role, created_at) SELECT 'm' || i, 'x', i FROM n",
    ),
    endless(
        "SELECT count(*) FROM requests a, requests b, requests c, requests d, requests e, requests f, \
             requests g, requests h, requests i, requests j, requests k, requests l, requests m, requests n",
    ),
    runs("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"),
    denied("SELECT randomblob(1000000000)"),
    denied("SELECT zeroblob(1000000000)"),
    denied("SELECT hex(zeroblob(8000000))"),
    fails("SELECT printf('%.*c', 1000000000, 'x')"),
    fails("SELECT format('%1000000000d', 1)"),
    fails(
        "WITH RECURSIVE n(t) AS (VALUES ('xxxxxxxxxxxxxxxx') UNION ALL SELECT t || t FROM n LIMIT 40) \
           SELECT max(length(t)) FROM n",
    ),
    fails("SELECT replace(printf('%.*c', 10000, 'a'), 'a', printf('%.*c', 10000, 'b'))"),
    fails("SELECT group_concat(printf('%.*c', 9000000, 'x')) FROM requests"),
    invalid("SELECT * FROM generate_series(1, 1000000000)"),
    invalid(
        "SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 \
             UNION SELECT 8 UNION SELECT 9 UNION SELECT 10 UNION SELECT 11 UNION SELECT 12 UNION SELECT 13 \
             UNION SELECT 14 UNION SELECT 15 UNION SELECT 16 UNION SELECT 17 UNION SELECT 18 UNION SELECT 19 \
             UNION SELECT 20 UNION SELECT 21",
    ),
];

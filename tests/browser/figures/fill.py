"""Puts very many jobs, events, deliveries and dead letters into the tenant `acme` of a server that stands.

    python3 fill.py steading.db 1000000

They lie in the file as time would have put them there, half a minute's worth of work in each minute of two weeks.
"""

import sqlite3
import sys
import time

SQL = {
    "jobs_all": """
        WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows),
        drafts AS (
            SELECT n, :now - (:rows - n) * :apart - 5000 AS made_at,
                   CASE WHEN n % 97 = 0 THEN 'dead' WHEN n % 101 = 0 THEN 'cancelled'
                        WHEN n % 19 = 0 THEN 'ready' WHEN n % 89 = 0 THEN 'scheduled' ELSE 'done' END AS state
            FROM numbers
        )
        INSERT INTO jobs_all (
            tenant_id, id, kind, queue, state, class, run_at, attempt, max_attempts, lease, time_limit, unique_key,
            tags, actor, trace_id, request_id, cause, created_at, started_at, finished_at, failure, error, payload
        )
        SELECT :tenant, printf('%08x-%04x-7000-8000-%012x', made_at >> 16, made_at & 65535, n),
               CASE n % 7 WHEN 0 THEN 'report.render' WHEN 1 THEN 'invoice.print' ELSE 'mail.send' END,
               CASE WHEN state IN ('ready', 'scheduled') THEN 'mail' ELSE 'queue-' || n % 12 END,
               state, 2, iif(state = 'scheduled', :now + 86400000 + n * 100, made_at), iif(state IN ('ready', 'scheduled'), 0, 1 + n % 3), 5,
               iif(state IN ('ready', 'scheduled'), 0, 1), 3600000, NULL, iif(n % 50 = 0, '["nightly"]', '[]'),
               'system', printf('%032x', 1000000 + n), printf('00000000-0000-7000-8000-%012x', n), NULL, made_at,
               iif(state IN ('ready', 'scheduled', 'cancelled'), NULL, made_at + 20),
               iif(state IN ('ready', 'scheduled'), NULL, made_at + 20 + n * 7919 % 4000),
               CASE state WHEN 'dead' THEN 'handler_error' WHEN 'cancelled' THEN 'cancelled' END,
               iif(state = 'dead', 'SMTP 550: the mailbox of person ' || n % 40 || ' does not exist', NULL),
               '{"to":"person-' || n % 999 || '@example.org","template":"welcome"}'
        FROM drafts""",
    "job_tags_all": "INSERT INTO job_tags_all SELECT tenant_id, 'nightly', id FROM jobs_all WHERE tags <> '[]' AND request_id LIKE '00000000-0000-7000-8000-%'",
    "job_counts_all": """
        INSERT INTO job_counts_all SELECT tenant_id, queue, state, count(*) FROM jobs_all
        WHERE tenant_id = :tenant AND request_id LIKE '00000000-0000-7000-8000-%' GROUP BY queue, state
        ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs""",
    "subscriptions_all": """
        WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 40)
        INSERT INTO subscriptions_all (
            tenant_id, id, name, pattern, target, address, max_attempts, backoff, time_limit, is_ordered, recovery, lane, state,
            probes, is_catching_up, successes, failures, in_a_row, failing, made_by, created_at, updated_at
        )
        SELECT tenant_id, printf('%08x-0000-7000-8000-%012x', (:now - 1300000000) >> 16, n), 'handler-' || n, 'seeded.*', 'job', 'system.ping',
               5, backoff, 30000, 0, 'manual', 'events.handler-' || n, 'enabled', 0, 0, :rows / 40, :rows / 4000, 0, '[]', made_by,
               :now - 1300000000, :now - 1300000000
        FROM numbers, (SELECT * FROM subscriptions_all WHERE tenant_id = :tenant LIMIT 1)""",
    "events_all": """
        WITH RECURSIVE numbers(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows),
        drafts AS (SELECT n, :now - (:rows - n) * :apart - 5000 AS made_at FROM numbers)
        INSERT INTO events_all (
            tenant_id, id, type, subject, status, open, failing, dead, actor, trace_id, request_id, created_at, payload
        )
        SELECT :tenant, printf('%08x-%04x-7000-9000-%012x', made_at >> 16, made_at & 65535, n),
               'seeded.' || CASE n % 5 WHEN 0 THEN 'paid' WHEN 1 THEN 'packed' WHEN 2 THEN 'sent' ELSE 'placed' END, 'order-' || n / 4,
               iif(n % 100 = 0, 'dead', 'delivered'), 0, 0, iif(n % 100 = 0, 1, 0), 'system',
               printf('%032x', 5000000 + n), printf('00000000-0000-7000-9000-%012x', n), made_at,
               '{"order":' || n / 4 || ',"amount":4200,"currency":"EUR"}'
        FROM drafts""",
    "deliveries_all": """
        INSERT INTO deliveries_all (
            tenant_id, id, event_id, subscription_id, state, attempts, error, fingerprint, created_at, ended_at
        )
        SELECT tenant_id, replace(id, '-9000-', '-a000-'), id,
               printf('%08x-0000-7000-8000-%012x', (:now - 1300000000) >> 16, 1 + created_at % 40),
               iif(dead, 'dead', 'delivered'), 1, iif(dead, 'the shop answered ' || (500 + created_at / 120000 % 25), NULL),
               iif(dead, 'answer ' || (created_at / 120000 % 25), NULL), created_at, created_at + 40
        FROM events_all WHERE tenant_id = :tenant AND request_id LIKE '00000000-0000-7000-9000-%'""",
    "dead_letter_groups_all": """
        INSERT INTO dead_letter_groups_all
        SELECT tenant_id, fingerprint, min(subscription_id), max(error), count(*), min(ended_at), max(ended_at) FROM deliveries_all
        WHERE tenant_id = :tenant AND state = 'dead' AND fingerprint LIKE 'answer %' GROUP BY fingerprint""",
    "event_minutes_all": """
        WITH RECURSIVE minutes(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM minutes WHERE n < 2880)
        INSERT INTO event_minutes_all
        SELECT :tenant, :now / 60000 - n, 'seeded.' || type, handler, iif(handler = '', 9, 0), 9, 1, 0, 1, 2, 3, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
        FROM minutes, (SELECT 'paid' AS type UNION ALL SELECT 'packed' UNION ALL SELECT 'sent' UNION ALL SELECT 'placed'),
             (SELECT '' AS handler UNION ALL SELECT * FROM (SELECT id FROM subscriptions_all WHERE tenant_id = :tenant AND name LIKE 'handler-%' LIMIT 10))""",
    "event_hours_all": f"""
        INSERT INTO event_hours_all
        SELECT tenant_id, minute / 60, type, handler, sum(published), sum(delivered), sum(failed), sum(dead), {", ".join(f"sum(t{step})" for step in range(1, 17))}
        FROM event_minutes_all WHERE tenant_id = :tenant AND type LIKE 'seeded.%' GROUP BY tenant_id, minute / 60, type, handler""",
}


def main(file: str, rows: int) -> None:
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -400000")
    (tenant,) = db.execute("SELECT number FROM tenants WHERE slug = 'acme'").fetchone()
    given = {"tenant": tenant, "rows": rows, "now": int(time.time() * 1000), "apart": 1_200_000_000 // rows}
    # What lies beside a table of this size is made at once, when it is full.
    indexes = db.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('jobs_all', 'events_all', 'deliveries_all')"
    ).fetchall()
    db.execute("BEGIN")
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    for table, sql in SQL.items():
        made = db.execute(sql, {name: value for name, value in given.items() if f":{name}" in sql}).rowcount
        print(f"{made:>9,} in {table}", file=sys.stderr)
    for _, sql in indexes:
        db.execute(sql)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


main(sys.argv[1], int(sys.argv[2]))

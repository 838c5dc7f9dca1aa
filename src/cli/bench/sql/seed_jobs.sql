WITH RECURSIVE numbers(n) AS (
    VALUES (:from)
    UNION ALL
    SELECT n + 1 FROM numbers WHERE n < :to
),
-- The oldest first, a tenth of a second apart, and those of one tenant lie as far apart as they would.
drafts AS (
    SELECT n,
           iif(n % 5 = 0, 0, 1 + n * 7919 % (:tenants - 1)) AS tenant,
           :now - 600000000 + n * 100 AS made_at,
           iif(n % 11 = 0, iif(n % 110 = 0, 'dead', 'done'), 'ready') AS state
    FROM numbers
)
INSERT INTO jobs_all (
    rowid, tenant_id, id, kind, queue, state, class, run_at, attempt, max_attempts, lease, time_limit,
    unique_key, tags, actor, trace_id, request_id, cause, created_at, started_at, finished_at, failure,
    error, payload
)
SELECT n,
       :first_tenant + tenant,
       printf('%08x-%04x-7000-8000-%012x', made_at >> 16, made_at & 65535, n),
       CASE n % 13 WHEN 0 THEN 'bench.mail' WHEN 1 THEN 'bench.report' ELSE 'bench.hold' END,
       iif(n % 55 = 0, 'mail', 'default'),
       state,
       2,
       made_at,
       iif(state = 'ready', 0, 1),
       5,
       iif(state = 'ready', 0, 1),
       3600000,
       iif(n % 7 = 0, 'invoice-' || n, NULL),
       iif(n % 100 = 0, '["monthly"]', '[]'),
       'user:0198c1de-7f00-7000-8000-000000000000',
       printf('%016x%016x', random(), random()),
       '0198c1de-7f00-7000-8000-000000000000',
       NULL,
       made_at,
       iif(state = 'ready', NULL, made_at),
       iif(state = 'ready', NULL, made_at + 50),
       iif(state = 'dead', 'handler_error', NULL),
       iif(state = 'dead', 'The mail server at smtp.example said no: mailbox unavailable', NULL),
       '{"invoice":"0198c1de-7f00-7000-8000-000000000000","amount":4200,"currency":"EUR"}'
FROM drafts

WITH RECURSIVE numbers(n) AS (
    VALUES (:from)
    UNION ALL
    SELECT n + 1 FROM numbers WHERE n < :to
)
-- What people write packs well and what they attach does not: half of each.
INSERT INTO requests_all (
    tenant_id, id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at
)
SELECT :first_tenant + n % :tenants,
       printf('%08x-%04x-7000-8000-%012x', (:now + n) >> 16, (:now + n) & 65535, n),
       'The printer on the second floor is on fire again',
       hex(randomblob(600)) || printf('%400s', 'Please send somebody before the invoices are due.'),
       'open',
       n % 4,
       '0198c1de-7f00-7000-8000-000000000000',
       NULL,
       NULL,
       :now + n,
       :now + n
FROM numbers

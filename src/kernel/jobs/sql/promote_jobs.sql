UPDATE jobs_all
SET state = 'ready'
WHERE rowid IN (
    SELECT rowid
    FROM jobs_all
    WHERE tenant_id = :tenant AND state = 'scheduled' AND run_at <= :now
    ORDER BY run_at
    LIMIT :limit
)
RETURNING id, queue

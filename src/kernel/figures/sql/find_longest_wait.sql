SELECT min(run_at) AS value
FROM (
    SELECT (
        SELECT run_at
        FROM jobs_all
        WHERE tenant_id = waiting.tenant_id AND state = 'ready'
        ORDER BY id
        LIMIT 1
    ) AS run_at
    FROM (SELECT DISTINCT tenant_id FROM job_counts_all WHERE state = 'ready' AND jobs > 0) AS waiting
)

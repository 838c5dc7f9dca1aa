UPDATE jobs_all
SET state = 'running', attempt = attempt + 1, lease = lease + 1, started_at = :now,
    lease_until = :lease_until, progress = NULL, progress_note = NULL
WHERE rowid IN (
    SELECT rowid
    FROM jobs_all
    WHERE tenant_id = :tenant AND queue = :queue AND state = 'ready'
      AND NOT EXISTS (SELECT 1 FROM job_queues_all WHERE tenant_id = :tenant AND name = :queue AND is_paused)
      AND attempt + 1 < max_attempts -- if :with_spare
      AND instr(:kinds, char(31) || kind || char(31)) -- if :kinds
    ORDER BY class, id
    LIMIT :limit
)
RETURNING id, kind, queue, class, payload, attempt, max_attempts, lease, time_limit, backoff, actor,
          trace_id, request_id, cause, chain, span

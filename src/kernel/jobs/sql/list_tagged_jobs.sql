SELECT jobs.id, jobs.kind, jobs.queue, jobs.state, jobs.class, jobs.run_at, jobs.attempt,
       jobs.max_attempts, jobs.unique_key, jobs.tags, jobs.created_at, jobs.started_at,
       jobs.finished_at, jobs.progress, jobs.progress_note, jobs.failure, jobs.error, jobs.actor,
       jobs.trace_id, jobs.request_id, jobs.cause
FROM (
    SELECT job_id
    FROM job_tags
    WHERE tag = :tag AND job_id < ifnull(:before, 'g')
    ORDER BY job_id DESC
    LIMIT :walk
) AS tagged
CROSS JOIN jobs ON jobs.id = tagged.job_id
WHERE created_at < ifnull(:until, 1e18)
  AND created_at >= :since -- if :since
  AND state = :state -- if :state
  AND kind = :kind -- if :kind
  AND trace_id = :trace -- if :trace
  AND queue = :queue -- if :queue
  AND (instr(unique_key, :search) OR instr(error, :search) OR id = :search) -- if :search
LIMIT :limit

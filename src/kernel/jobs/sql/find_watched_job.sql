SELECT id, kind, queue, state, class, run_at, attempt, max_attempts, unique_key, tags, created_at,
       started_at, finished_at, progress, progress_note, failure, error, actor, trace_id, request_id, cause
FROM jobs
WHERE id = :id
  AND state = :state -- if :state
  AND kind = :kind -- if :kind
  AND queue = :queue -- if :queue
  AND EXISTS (SELECT 1 FROM job_tags WHERE tag = :tag AND job_id = :id) -- if :tag

SELECT id, queue, finished_at
FROM jobs_all
WHERE tenant_id = :tenant AND state <> 'ready' AND state <> 'running' AND state = :state
  AND id > ifnull(:after, '')
ORDER BY id
LIMIT :limit

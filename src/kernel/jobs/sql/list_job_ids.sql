SELECT id AS value
FROM jobs
WHERE id < ifnull(:before, 'g')
  AND created_at >= :since -- if :since
  AND created_at < :until -- if :until
  AND state = :state -- if :state
  AND kind = :kind -- if :kind
  AND trace_id = :trace -- if :trace
  AND queue = :queue -- if :queue
  AND id IN (SELECT job_id FROM job_tags WHERE tag = :tag) -- if :tag
  AND (instr(unique_key, :search) OR instr(error, :search) OR id = :search) -- if :search
ORDER BY id DESC
LIMIT :limit

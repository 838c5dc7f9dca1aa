SELECT id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at
FROM requests
WHERE 1
  AND status   = :status     -- if :status
  AND priority = :priority   -- if :priority
  AND assignee = :assignee   -- if :assignee
  AND due_at   < :due_before -- if :due_before
  AND id > :after_id -- if :after_id
ORDER BY id
LIMIT :limit

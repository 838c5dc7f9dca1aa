SELECT id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at
FROM requests
WHERE 1
  AND status   = :status     -- if :status
  AND priority = :priority   -- if :priority
  AND assignee = :assignee   -- if :assignee
  AND due_at   < :due_before -- if :due_before
  AND (priority, id) < (:after, :after_id) -- if :after
ORDER BY priority DESC, id DESC
LIMIT :limit

SELECT id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at
FROM requests
WHERE 1
  AND status   = :status     -- if :status
  AND priority = :priority   -- if :priority
  AND assignee = :assignee   -- if :assignee
  AND ifnull(due_at, 253402300799999) < :due_before -- if :due_before
  AND ifnull(due_at, 253402300799999) >= :after -- if :after
  AND (ifnull(due_at, 253402300799999), id) > (:after, :after_id) -- if :after
ORDER BY ifnull(due_at, 253402300799999), id
LIMIT :limit

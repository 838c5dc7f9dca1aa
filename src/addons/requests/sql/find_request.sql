SELECT id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at
FROM requests
WHERE id = :id

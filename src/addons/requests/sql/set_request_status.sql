UPDATE requests
SET status     = :status,
    updated_at = :now
WHERE id = :id
RETURNING id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at

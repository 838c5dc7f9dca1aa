UPDATE requests
SET title       = :title,
    description = :description,
    priority    = :priority,
    assignee    = :assignee,
    due_at      = :due_at,
    updated_at  = :now
WHERE id = :id
RETURNING id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at

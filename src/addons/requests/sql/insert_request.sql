INSERT INTO requests (
    id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at
)
VALUES (
    :id, :title, :description, :status, :priority, :requester, :assignee, :due_at, :now, :now
)
RETURNING id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at

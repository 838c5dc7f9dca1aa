INSERT INTO requests_all (
    tenant_id, id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at
)
VALUES (
    :tenant, :id, :title, :description, :status, :priority, :requester, :assignee, :due_at, :now, :now
)
RETURNING id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at

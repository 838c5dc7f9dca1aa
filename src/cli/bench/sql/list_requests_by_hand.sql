SELECT id, title, description, status, priority, requester, assignee, due_at, created_at, updated_at
FROM requests_all
WHERE tenant_id = :tenant
ORDER BY id DESC
LIMIT :limit

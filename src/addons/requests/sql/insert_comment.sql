INSERT INTO request_comments (id, request_id, author, body, created_at)
VALUES (:id, :request, :author, :body, :now)
RETURNING id, request_id, author, body, created_at

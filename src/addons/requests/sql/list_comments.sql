SELECT id, request_id, author, body, created_at
FROM request_comments
WHERE request_id = :request
  AND (created_at, id) > (:after, :after_id) -- if :after
ORDER BY created_at, id
LIMIT :limit

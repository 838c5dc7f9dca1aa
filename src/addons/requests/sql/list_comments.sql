SELECT id, request_id, author, body, created_at
FROM request_comments
WHERE request_id = :request
  AND id > :after -- if :after
ORDER BY id
LIMIT :limit

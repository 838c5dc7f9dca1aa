DELETE FROM request_comments
WHERE request_id = :request

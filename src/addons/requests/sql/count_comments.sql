SELECT count(*) AS value
FROM request_comments
WHERE request_id = :request

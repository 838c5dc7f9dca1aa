SELECT count(*) AS value
FROM (SELECT 1 FROM api_keys LIMIT 1000)

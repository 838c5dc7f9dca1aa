SELECT count(*) AS value
FROM jobs_all
WHERE state = 'done' AND attempt = 2

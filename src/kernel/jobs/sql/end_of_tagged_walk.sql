SELECT job_id AS value
FROM job_tags
WHERE tag = :tag AND job_id < ifnull(:before, 'g')
ORDER BY job_id DESC
LIMIT 1 OFFSET :walk - 1

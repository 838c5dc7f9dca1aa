INSERT INTO job_tags_all (tenant_id, tag, job_id)
SELECT tenant_id, 'monthly', id
FROM jobs_all
WHERE rowid BETWEEN :from AND :to AND tags <> '[]'

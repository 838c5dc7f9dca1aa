INSERT OR IGNORE INTO job_tags_all (tenant_id, tag, job_id) VALUES (:tenant, :tag, :job)

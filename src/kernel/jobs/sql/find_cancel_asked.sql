SELECT cancel_asked_at AS value
FROM jobs_all
WHERE tenant_id = :tenant AND id = :id AND cancel_asked_at IS NOT NULL

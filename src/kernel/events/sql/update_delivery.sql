UPDATE deliveries_all
SET state = :state, attempts = :attempts, error = :error, fingerprint = :fingerprint, ended_at = :ended_at
WHERE tenant_id = :tenant AND id = :id

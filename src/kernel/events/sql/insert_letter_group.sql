INSERT INTO dead_letter_groups_all (
    tenant_id, fingerprint, subscription_id, error, letters, first_at, last_at
) VALUES (:tenant, :fingerprint, :subscription, :error, 1, :now, :now)

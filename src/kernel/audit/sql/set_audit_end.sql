INSERT INTO audit_chains_all (tenant_id, last_number, last_hash, pruned_number, pruned_hash)
VALUES (:tenant, :number, :hash, 0, :beginning)
ON CONFLICT (tenant_id) DO UPDATE
SET last_number = excluded.last_number,
    last_hash   = excluded.last_hash

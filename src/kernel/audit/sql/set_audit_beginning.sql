UPDATE audit_chains_all
SET pruned_number = :number,
    pruned_hash   = :hash
WHERE tenant_id = :tenant

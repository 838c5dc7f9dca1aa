INSERT INTO audit_all (
    tenant_id, number, id, at, actor, action, subject, address, trace_id, before, after, previous_hash, hash
)
VALUES (
    :tenant, :number, :id, :at, :actor, :action, :subject, :address, :trace_id, :json_before, :json_after,
    :previous_hash, :hash
)

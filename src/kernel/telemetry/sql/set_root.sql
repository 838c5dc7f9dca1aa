UPDATE traces
SET kind = :kind, name = :name, started = :started, took = :took, status = :status,
    is_failed = :is_failed, actor = :actor
WHERE number = :number

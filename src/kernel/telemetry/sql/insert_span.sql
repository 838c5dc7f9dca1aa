INSERT OR IGNORE INTO spans (
    trace, id, parent, kind, name, started, took, error, status, actor, job, event, attributes
) VALUES (
    :trace, :id, :parent, :kind, :name, :started, :took, :error, :status, :actor, :job, :event, :attributes
)

INSERT INTO traces (trace, tenant, slug, kind, name, started, took, status, is_failed, actor, spans, errors)
VALUES (:trace, :tenant, :slug, :kind, :name, :started, :took, :status, :is_failed, :actor, 0, 0)
RETURNING number AS value

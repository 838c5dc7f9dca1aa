INSERT INTO lines (number, at, level, target, message, trace, span, tenant, slug, actor, fields)
VALUES (:number, :at, :level, :target, :message, :trace, :span, :tenant, :slug, :actor, :fields)

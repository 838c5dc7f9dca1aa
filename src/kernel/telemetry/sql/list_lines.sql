SELECT number, at, level, target, message, trace, span, slug, actor, fields
FROM lines
WHERE 1
  AND trace = :trace -- if :trace
  AND tenant = :tenant -- if :tenant
  AND slug = :slug -- if :slug
  AND level >= :level -- if :level
  AND instr(lower(message), lower(:text)) -- if :text
  AND at >= :since -- if :since
  AND at < :until -- if :until
  AND number < :after -- if :after
ORDER BY number DESC
LIMIT :limit

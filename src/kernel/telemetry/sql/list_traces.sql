SELECT number, trace, kind, name, started, took, status, is_failed, slug, actor, spans, errors
FROM traces
WHERE 1
  AND tenant = :tenant -- if :tenant
  AND slug = :slug -- if :slug
  AND (name = :route OR substr(name, instr(name, ' ') + 1) = :route) -- if :route
  AND status BETWEEN :status_from AND :status_to -- if :status_from
  AND took >= :slower_than -- if :slower_than
  AND actor = :actor -- if :actor
  AND started >= :since -- if :since
  AND started < :until -- if :until
  AND (started, number) < (:after, :after_number) -- if :after
ORDER BY started DESC, number DESC
LIMIT :limit

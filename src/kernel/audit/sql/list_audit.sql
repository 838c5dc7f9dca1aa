SELECT number, id, at, actor, action, subject, address, trace_id, before, after, hash
FROM audit
WHERE 1
  AND actor   = :actor   -- if :actor
  AND action  = :action  -- if :action
  AND area    = :area    -- if :area
  AND subject = :subject -- if :subject
  AND at     >= :since   -- if :since
  AND at      < :until   -- if :until
  AND (at, number) < (:after, :after_number) -- if :after
ORDER BY at DESC, number DESC
LIMIT :limit

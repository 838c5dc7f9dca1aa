SELECT id, type, subject, status, created_at, payload, actor, trace_id, request_id, cause, chain
FROM events
WHERE id < :before AND id >= :from
  AND subject = :subject -- if :subject
  AND type = :type -- if :type
  AND unlikely(type = :walk_type) -- if :walk_type
  AND type >= :low AND type < :high -- if :low
  AND status = :status -- if :status
  AND status <> 'delivered' -- if :is_unsettled
ORDER BY id DESC
LIMIT :limit

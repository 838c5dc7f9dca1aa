SELECT id AS value
FROM events
WHERE id < :before AND id >= :from
  AND subject = :subject -- if :subject
  AND type = :type -- if :type
  AND unlikely(type = :walk_type) -- if :walk_type
  AND status = :status -- if :is_unsettled
  AND status <> 'delivered' -- if :is_unsettled
ORDER BY id DESC
LIMIT 1 OFFSET :rows

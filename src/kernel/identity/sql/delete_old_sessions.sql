DELETE FROM sessions_all
WHERE tenant_id = :tenant
  AND id IN (
    SELECT id
    FROM sessions_all
    WHERE tenant_id  = :tenant
      AND expires_at < :before
    ORDER BY expires_at
    LIMIT :limit
)
RETURNING id AS value

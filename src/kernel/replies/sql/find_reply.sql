SELECT status, body, fingerprint
FROM idempotent_replies
WHERE actor      = :actor
  AND key        = :key
  AND created_at > :since

DELETE FROM idempotent_replies
WHERE actor = :actor
  AND key   = :key

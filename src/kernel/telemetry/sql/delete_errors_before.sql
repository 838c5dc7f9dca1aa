DELETE FROM errors
WHERE last_at < :before

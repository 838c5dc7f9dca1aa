DELETE FROM setup_codes
WHERE expires_at < :now

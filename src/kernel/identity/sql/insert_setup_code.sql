INSERT INTO setup_codes (hash, expires_at)
VALUES (:hash, :expires_at)

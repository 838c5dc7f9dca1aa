SELECT EXISTS (
    SELECT 1
    FROM setup_codes
    WHERE hash       = :hash
      AND expires_at > :now
) AS value

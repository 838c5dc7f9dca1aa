INSERT INTO idempotent_replies (actor, key, fingerprint, status, body, created_at)
VALUES (:actor, :key, :fingerprint, :status, :body, :now)

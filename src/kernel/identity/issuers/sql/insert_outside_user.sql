INSERT INTO outside_users (issuer, subject, user_id, claimed_at, refreshed_at)
VALUES (:issuer, :subject, :user, :claimed_at, :now)

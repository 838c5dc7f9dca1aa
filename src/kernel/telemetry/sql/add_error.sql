INSERT INTO errors (tenant, fingerprint, slug, kind, title, first_at, last_at, count, sample)
VALUES (:tenant, :fingerprint, :slug, :kind, :title, :at, :at, 1, :sample)
ON CONFLICT (tenant, fingerprint) DO UPDATE
SET title = excluded.title, last_at = max(last_at, excluded.last_at), count = count + 1, sample = excluded.sample

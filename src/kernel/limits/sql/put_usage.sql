INSERT INTO usage_all (tenant_id, day, what, used)
VALUES (:tenant, :day, :what, :used)
ON CONFLICT (tenant_id, day, what) DO UPDATE SET used = excluded.used

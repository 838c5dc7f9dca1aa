SELECT fingerprint, title, kind, first_at, last_at, count, sample, slug, tenant
FROM errors
WHERE 1
  AND tenant = :tenant -- if :tenant
  AND last_at >= :since -- if :since
  AND (last_at, tenant, fingerprint) < (:after, :after_tenant, :after_fingerprint) -- if :after
ORDER BY last_at DESC, tenant DESC, fingerprint DESC
LIMIT :limit

SELECT fingerprint AS value
FROM deliveries_all
WHERE tenant_id = :tenant AND unlikely(event_id = :event) AND state = 'dead' AND fingerprint IS NOT NULL

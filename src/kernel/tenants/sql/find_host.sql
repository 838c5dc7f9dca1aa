SELECT tenant_number AS value
FROM tenant_hosts
WHERE host = :host

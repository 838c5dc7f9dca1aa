INSERT INTO tenant_hosts (host, tenant_number)
VALUES (:host, :number)

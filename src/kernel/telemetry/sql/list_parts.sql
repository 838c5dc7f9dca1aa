SELECT number, slug
FROM traces
WHERE trace = :trace
  AND tenant = :tenant -- if :tenant
ORDER BY tenant
LIMIT 20

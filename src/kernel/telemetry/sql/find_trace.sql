SELECT number, started
FROM traces
WHERE trace = :trace
  AND tenant = :tenant

DELETE FROM issuers
WHERE id = :id

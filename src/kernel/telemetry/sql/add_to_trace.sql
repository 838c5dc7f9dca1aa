UPDATE traces
SET spans = spans + :spans, errors = errors + :errors
WHERE number = :number

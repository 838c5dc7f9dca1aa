SELECT ifnull(sum(letters), 0) AS value
FROM dead_letter_groups_all

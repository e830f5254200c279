select sequence from label_sets where sequence > $1 order by sequence limit 1

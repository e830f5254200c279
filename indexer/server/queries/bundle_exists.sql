select from label_sets where bundle = $1
union all
select from replaced_labels where bundle = $1
limit 1

select bundle from label_sets where sequence = $1
union all
select bundle from replaced_labels where sequence = $1

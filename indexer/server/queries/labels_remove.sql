with removed as (
    delete from label_sets where domain = $1 and first between $2 and $3 returning sequence, bundle
)
insert into replaced_labels (sequence, bundle) select sequence, bundle from removed

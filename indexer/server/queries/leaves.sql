select leaf
from (
    select number, leaf from records where domain = $1 and batch = $2
    union all
    select number, leaf from erased_leaves where domain = $1 and batch = $2
) leaves
order by number

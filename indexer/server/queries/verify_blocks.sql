-- Ranges of blocks that are not stored between the first and the checkpoint.
select number + 1 as first, next - 1 as last
from (select number, lead(number) over (order by number) as next from blocks) stored
where next > number + 1
union all
select max(number) + 1, (select number from checkpoint) from blocks having max(number) < (select number from checkpoint)
order by 1
limit $1

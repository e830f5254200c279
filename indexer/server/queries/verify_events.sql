-- Events of blocks that are not stored, or that come after the checkpoint.
select e.block, e.index
from events e
where not exists (select from blocks b where b.number = e.block) or e.block > (select number from checkpoint)
order by e.block, e.index
limit $1

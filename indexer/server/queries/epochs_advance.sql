insert into slot_epochs (patient, slot, epoch, block, began_at)
select $1, moved.slot, last.epoch + 1, $3, $4
from unnest($2::smallint[]) moved (slot)
cross join lateral (
    select coalesce(max(e.epoch), 0) as epoch from slot_epochs e where e.patient = $1 and e.slot = moved.slot
) last
where last.epoch < 65535

-- Of keys that records were sealed to, one whose epoch had not begun in the block of the anchor, or had ended too long before.
select sealed.patient, sealed.slot, sealed.epoch
from unnest($1::bytea[], $2::smallint[], $3::integer[]) sealed (patient, slot, epoch)
where (
        sealed.epoch > 0 and not exists (
            select from slot_epochs e
            where e.patient = sealed.patient and e.slot = sealed.slot and e.epoch = sealed.epoch and e.block <= $4
        )
    )
    or exists (
        select from slot_epochs e
        where e.patient = sealed.patient and e.slot = sealed.slot and e.epoch = sealed.epoch + 1 and e.block + $5 < $4
    )
limit 1

select slot, max(epoch) as epoch, max(began_at) as began_at
from slot_epochs
where patient = $1
group by slot

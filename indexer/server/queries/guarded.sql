select patient, min(begins) as begins, max(ends) as ends
from guardianships
where guardian = $1 and ends > $2
group by patient
order by patient
limit $3

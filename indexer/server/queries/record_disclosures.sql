-- The entries of all logs that are about one record of an organisation's domains, an erased one too: those of its patient. SCALE
-- of a disclosure begins with its kind, one byte, the patient, 32 bytes, and the record, 16 bytes.
select l.number, l.entry, l.previous, l.hash
from disclosures l
where substring(l.entry from 34 for 16) = $1 and l.number > $3
  and exists (
    select from (
        select domain from records where id = $1 union all select domain from erased_leaves where id = $1
    ) r
    join domains d on d.id = r.domain and d.custodian = $2)
order by l.number
limit $4

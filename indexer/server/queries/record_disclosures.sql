-- The entries of a patient's log that are about one record of an organisation's domains. SCALE of a disclosure begins with
-- its kind, one byte, the patient, 32 bytes, and the record, 16 bytes.
select l.number, l.entry, l.previous, l.hash
from records r
join domains d on d.id = r.domain and d.custodian = $2
join disclosures l on l.patient = r.patient
where r.id = $1 and l.number > $3 and substring(l.entry from 34 for 16) = r.id
order by l.number
limit $4

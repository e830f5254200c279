-- The labels that begin with a batch, and how many records of a patient there are in their batches, erased ones included.
select s.salt, s.labels,
    (select array_agg(b.labels_offset order by b.batch) from batches b where b.domain = s.domain and b.labels_first = s.first) as starts,
    (
        select count(*)
        from records r
        join batches b on b.domain = r.domain and b.batch = r.batch
        where r.domain = s.domain and b.labels_first = s.first and r.patient = $3
    ) as of_patient
from label_sets s
where s.domain = $1 and s.first = $2

-- Open ones of the patient and the clinician; of the organisation, those that wait for their review.
select patient, clinician, opened_at, until, reason, review_by, reviewed from glasses
where ((patient = $1 or clinician = $1) and (until > $3 or not reviewed))
   or (organisations && $2 and not reviewed)
order by review_by, patient, clinician
limit $4

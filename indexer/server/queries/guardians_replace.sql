-- Who was to follow, and has not begun, does not follow any more; who is guardian stays so until the others begin.
with replaced as (delete from guardianships where patient = $1 and begins > $3)
update guardianships set ends = least(until, $2) where patient = $1 and begins <= $3 and ends > $3

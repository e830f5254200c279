-- A change that has not begun is taken back: those before it go on.
with taken_back as (delete from guardianships where patient = $1 and begins > $2)
update guardianships set ends = until where patient = $1 and begins <= $2 and ends > $2

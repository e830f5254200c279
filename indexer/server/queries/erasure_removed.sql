with
    emptied as (update records set row = '' where domain = $1 and batch = $2 and number = $3 returning id),
    forgotten as (delete from ciphertexts where record in (select id from emptied))
update erasures set state = 1 where domain = $1 and batch = $2 and number = $3 and state = 0

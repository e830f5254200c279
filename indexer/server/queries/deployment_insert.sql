insert into deployment (genesis, consortium, consent, ledger)
values ($1, $2, $3, $4)
on conflict (only_row) do nothing

insert into count_budgets (account, domain, day, spent)
values ($1, $2, $3, $4)
on conflict (account, domain, day) do update set spent = count_budgets.spent + excluded.spent
where count_budgets.spent + excluded.spent <= $5
returning spent

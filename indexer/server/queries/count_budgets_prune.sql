delete from count_budgets where day < $1

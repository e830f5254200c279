-- What an account has taken of its budget for counts, in thousandths of epsilon; a row a domain and day.
create table count_budgets (
    account     bytea   not null check (length(account) = 32),
    domain      bigint  not null,
    -- Days since the Unix epoch.
    day         bigint  not null,
    spent       bigint  not null check (spent >= 0),
    primary key (account, domain, day)
);

create index count_budgets_by_day on count_budgets (day);

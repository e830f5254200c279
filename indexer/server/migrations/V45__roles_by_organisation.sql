-- An account has a role in each of its organisations.
alter table roles drop constraint roles_pkey, add primary key (account, organisation);

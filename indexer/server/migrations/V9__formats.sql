-- What is kept begins with a tag, what it is, and the version of its format: `AEGL`, a letter, a number.
update key_bundles set bundle = '\x4145474c4b01'::bytea || bundle;
update shares set deposit = '\x4145474c5301'::bytea || deposit;
update label_sets set labels = '\x4145474c4c01'::bytea || labels;

-- Who invited the patient, where nobody vouched for them yet and somebody did.
alter table relayed_calls add column invited_by bytea check (length(invited_by) = 32);
-- The fee that the transaction may take: with `reserved`, the amount that is counted until it is known.
alter table relayed_calls add column fee bigint not null default 0 check (fee >= 0);
-- What transactions of the call have cost that are final: fees, and what they put on deposit.
alter table relayed_calls add column spent bigint not null default 0 check (spent >= 0);
-- The last block that can have the transaction. Those that were signed before never end.
alter table relayed_calls add column last_block bigint not null default 4294967295;
alter table relayed_calls alter column last_block drop default;
-- Whether a transaction can come is said by its last block, and not by the end of what was signed.
alter table relayed_calls drop column expires;

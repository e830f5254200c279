-- The time is the last eight bytes of an entry, the lowest first.
select number, entry, previous, hash
from disclosures
where patient = $1 and number > $2
    and (get_byte(entry, length(entry) - 8)::bigint
        | (get_byte(entry, length(entry) - 7)::bigint << 8)
        | (get_byte(entry, length(entry) - 6)::bigint << 16)
        | (get_byte(entry, length(entry) - 5)::bigint << 24)
        | (get_byte(entry, length(entry) - 4)::bigint << 32)
        | (get_byte(entry, length(entry) - 3)::bigint << 40)
        | (get_byte(entry, length(entry) - 2)::bigint << 48)
        | (get_byte(entry, length(entry) - 1)::bigint << 56))
        between $3::bigint and $4::bigint
order by number
limit $5

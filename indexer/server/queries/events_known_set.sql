update events e
set known = looked_at.known
from unnest($1::bigint[], $2::integer[], $3::boolean[]) as looked_at (block, index, known)
where e.block = looked_at.block and e.index = looked_at.index and e.known <> looked_at.known

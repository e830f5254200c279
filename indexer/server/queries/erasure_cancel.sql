with silenced as (delete from erasure_voices where domain = $1 and request = $2)
delete from erasures where domain = $1 and request = $2 and state = -1

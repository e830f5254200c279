select record from ciphertexts
where state < 2 and added_at < $1
order by added_at
limit $2
for update skip locked

-- Records of batches that are not stored.
select r.id from records r
where not exists (select from batches b where b.domain = r.domain and b.batch = r.batch)
order by r.id
limit $1

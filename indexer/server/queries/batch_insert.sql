insert into batches (domain, batch, records, labels_first, labels_offset)
values ($1, $2, $3, $2, 0)

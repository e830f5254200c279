select (select count(*) from records) as records, (select count(*) from shares) as shares

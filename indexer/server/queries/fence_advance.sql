-- Beyond the epoch of the erasure keys as well: a database that was set back is not taken for one of an earlier holder.
update fence set epoch = greatest(epoch, $1) + 1 returning epoch

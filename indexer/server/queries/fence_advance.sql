update fence set epoch = epoch + 1 returning epoch

select version from epoch_versions where patient = $1

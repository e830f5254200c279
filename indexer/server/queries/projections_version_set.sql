update deployment set projections = $1

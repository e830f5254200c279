select projections from deployment

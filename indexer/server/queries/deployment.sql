select genesis, consortium, consent, ledger from deployment

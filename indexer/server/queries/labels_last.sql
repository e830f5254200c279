select coalesce(max(sequence), 0) as sequence from label_sets

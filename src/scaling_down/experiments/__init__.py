"""One folder, one experiment; the same rooms in each."""

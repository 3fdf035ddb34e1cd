"""Lottery tickets: iterative pruning, the ablations, the spatial priors."""

"""Stronger baselines: the review's protocol, and later networks under it."""

"""Intervals, tests and curves; the only room that reduces the replica axis."""

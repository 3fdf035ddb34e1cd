"""Judging the claims that the experiments state."""

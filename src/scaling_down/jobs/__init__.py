"""The jobs: train a run, summarise an experiment, draw its figures, judge all claims.

Each gets all it needs from its arguments: a description or a manifest, and paths.
"""

"""The three kinds of jobs: train a run, summarise an experiment, draw its figures.

Each gets all it needs from its arguments: a description or a manifest, and paths.
"""

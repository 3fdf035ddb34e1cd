"""A statistically honest reproduction of the MNIST-1D experiments.

The rooms, from the top down; each imports only from those below it, which `make lint`
checks. docs/architecture.md says why the walls lie where they do.

__main__     the commands: those that the rules call, and a few for people
jobs         the four processes: compute, summarise, draw, judge; workflow meets science
experiments  one folder an experiment: settings, plan, compute, summarise, draw
figures      style, palette, bands and dots with intervals, saving to the same bytes
workflow     what is to be made and what stands: parameters, plan, keys, files
claims       what the sources claim, and verdicts on it
quiz         the human row: a page that asks for digits, and what its answers say
engine       trains many replicas at once; knows no experiment, no file, no section
statistics   intervals, curves, tidy rows; alone reduces over replicas
dataset      MNIST-1D; stands alone, for whoever needs nothing else
digits       MNIST's own digits: IDX files, and where some can be had
"""

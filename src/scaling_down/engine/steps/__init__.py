"""One step of the optimiser, in several ways of one signature."""

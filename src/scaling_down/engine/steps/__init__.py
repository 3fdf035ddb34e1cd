"""One step of an optimiser for every replica; all steps have one signature."""

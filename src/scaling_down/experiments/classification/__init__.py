"""The classification benchmark: four models, plain and shuffled positions."""

"""The dataset: how a sample comes about and what the set looks like."""

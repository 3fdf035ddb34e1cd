"""The two steps: metalearned rates, and a direct grid of rates."""

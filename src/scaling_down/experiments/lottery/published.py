"""What the sources print of their lottery tickets, of two trials each.

2020 is the run behind the paper's Figure 4; 2024 is the later published one, which
forgot to seed torch: what it calls original weights are new ones.
"""

ABLATIONS_2020 = {
    ("plain", "original"): {
        "dense": (63.1, 64.0), "lottery": (71.5, 69.7), "random": (58.8, 59.6)
    },
    ("flipped", "original"): {
        "dense": (65.0, 64.2), "lottery": (68.4, 69.1), "random": (59.3, 62.2)
    },
    ("shuffled", "original"): {
        "dense": (64.9, 64.2), "lottery": (63.7, 61.9), "random": (59.7, 56.5)
    },
    ("chunked", "original"): {
        "dense": (64.9, 64.0), "lottery": (67.7, 64.7), "random": (60.3, 62.8)
    },
    ("plain", "reinitialised"): {
        "dense": (64.0, 63.9), "lottery": (67.5, 67.0), "random": (59.3, 57.2)
    },
}  # fmt: skip
ABLATIONS_2024 = {
    ("plain", "original"): {
        "dense": (64.2, 64.2), "lottery": (64.9, 66.8), "random": (61.5, 58.4)
    },
    ("flipped", "original"): {
        "dense": (63.0, 63.1), "lottery": (61.8, 63.8), "random": (60.9, 59.6)
    },
    ("shuffled", "original"): {
        "dense": (63.1, 64.4), "lottery": (63.0, 62.6), "random": (61.9, 59.5)
    },
    ("chunked", "original"): {
        "dense": (65.3, 62.9), "lottery": (61.3, 62.4), "random": (59.4, 59.0)
    },
    ("plain", "reinitialised"): {
        "dense": (63.3, 64.2), "lottery": (64.7, 66.3), "random": (60.8, 60.1)
    },
}  # fmt: skip
"""Test accuracies in per cent after 6000 steps, of the tickets of 92 % sparsity."""

SPARSITIES = (0, 20, 40, 61, 71, 80, 85, 90, 92, 95, 96, 97, 98, 99)
"""In per cent, rounded, as printed."""
ROUNDS_2020 = {
    "magnitude": (
        63.5, 63.6, 65.2, 66.8, 68.3, 74.0, 72.7, 73.1, 73.5, 70.1, 70.3, 67.2, 62.2,
        45.6,
    ),
    "random": (
        63.5, 63.1, 65.5, 67.5, 65.2, 69.8, 67.0, 63.1, 62.1, 52.2, 49.7, 43.2, 27.2,
        18.8,
    ),
}  # fmt: skip
ROUNDS_2024 = {
    "magnitude": (
        65.6, 64.9, 65.7, 69.7, 69.8, 72.5, 70.7, 74.2, 75.0, 69.9, 70.4, 67.7, 63.4,
        41.7,
    ),
    "random": (
        61.0, 63.0, 63.6, 65.7, 67.0, 67.5, 65.5, 63.1, 61.2, 55.3, 50.7, 42.5, 30.9,
        16.1,
    ),
}  # fmt: skip
"""Test accuracies in per cent after a round; the dense network is the one at 0 %."""
ADJACENCY_2020 = {
    "magnitude": (0.0086, 0.0021, 0.00035), "random": (0.0072, 0.0009, 0.0001)
}  # fmt: skip
ADJACENCY_2024 = {
    "magnitude": (0.0093, 0.0024, 0.0003), "random": (0.0056, 0.00015, 0.0)
}  # fmt: skip
"""p2, p3 and p4 of one ticket of 92 % sparsity, read off the figures; the lottery
ticket's p4 suffers from the notebook's mistaken fourth factor."""


def is_papers(sparsity: float) -> bool:
    """Tell whether a sparsity is that of the paper's ablations and masks, 92 %.

    A short schedule may not have it.
    """
    return abs(sparsity - 0.92) < 0.006

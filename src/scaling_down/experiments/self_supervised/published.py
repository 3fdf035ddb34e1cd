"""What the sources print: one run each, test accuracies of linear probes in per cent.

"paper" is the run of its Figure 8, "notebook" the repository's later one of 2024. Lists
are by layer, from the input on.
"""

LINEAR = {
    "paper": {
        "default": (32.8, 75.6, 83.0, 81.5, 78.6, 75.8),
        "none": (32.8, 84.6, 78.2, 54.1),
        "deep": (32.8, 76.5, 85.1, 84.4, 78.4, 74.1, 65.9, 62.0),
    },
    "notebook": {
        "default": (32.8, 75.1, 80.9, 82.1, 76.1, 75.0),
        "none": (32.8, 82.2, 79.5, 53.4),
        "deep": (32.8, 75.9, 82.4, 79.5, 77.3, 72.8, 65.0, 61.1),
    },
}

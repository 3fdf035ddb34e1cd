"""What the sources print: test accuracies in per cent."""

REVIEW = {"dense": (73.3, 1.4), "cnn": (96.8, 0.5)}
"""The dl.reviews article of 2020: mean and SD of 100 runs, by arm."""
REVIEW_SAMPLES = 4000
"""What they learn from and validate on."""
LATER = {"dilated_cnn": 97.3, "resnet": 98.6, "tcn": 98.8}
"""arXiv 2602.13348: one run each, after the last step, by arm."""
DENSE_PASSES = (40_000, 93.0)
"""Samples, and what the review's dense network passes when it has them."""

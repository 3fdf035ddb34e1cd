"""What the notebook behind the paper's Figure 9 prints: one run.

Test accuracies in per cent after 6,000 steps, by variant and number of samples.
"""

TRAIN_SIZES = (1000, 2000, 5000, 10_000, 20_000, 50_000)
TEST_ACCURACY = {
    "no_pool": (59.2, 82.0, 91.9, 94.3, 94.4, 96.3),
    "stride_2": (57.4, 81.7, 89.9, 91.3, 92.2, 95.4),
    "max": (78.2, 89.2, 94.5, 97.0, 96.8, 98.1),
    "average": (78.0, 90.0, 94.0, 96.0, 96.2, 97.3),
    "l2": (77.2, 89.9, 95.3, 96.6, 97.8, 97.1),
}

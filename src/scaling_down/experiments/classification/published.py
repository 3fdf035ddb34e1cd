"""The paper's Table 1: test accuracies in per cent, mean and SD of three runs.

Without an SD the paper prints that they are above.
"""

TABLE_1 = {
    ("logistic", "plain"): (32.0, 1.0),
    ("mlp", "plain"): (68.0, 2.0),
    ("cnn", "plain"): (94.0, 2.0),
    ("gru", "plain"): (91.0, 2.0),
    ("human", "plain"): (96.0, 1.0),
    ("logistic", "shuffled"): (32.0, 1.0),
    ("mlp", "shuffled"): (68.0, 2.0),
    ("cnn", "shuffled"): (56.0, 2.0),
    ("gru", "shuffled"): (57.0, 2.0),
    ("human", "shuffled"): (30.0, 10.0),
    ("logistic", "MNIST"): (94.0, 0.5),
    ("mlp", "MNIST"): (99.0, None),
    ("cnn", "MNIST"): (99.0, None),
    ("gru", "MNIST"): (99.0, None),
    ("human", "MNIST"): (99.0, None),
}
SAMPLES = {
    "plain": (4_000, 1_000),
    "shuffled": (4_000, 1_000),
    "MNIST": (60_000, 10_000),
}
"""How many samples those are of, for training and for testing."""

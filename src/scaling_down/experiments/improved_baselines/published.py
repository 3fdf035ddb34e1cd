"""What the sources print: test accuracies in per cent."""

REVIEW = {"dense": (73.3, 1.4), "cnn": (96.8, 0.5)}
"""The dl.reviews article of 2020: mean and SD of 100 runs, by arm."""
LATER = {"dilated_cnn": 97.3, "resnet": 98.6, "tcn": 98.8}
"""arXiv 2602.13348: one run each, after the last step, by arm."""
HUMAN_ACCURACY = 95.8
"""The author's own accuracy over five quizzes [paper]."""
DENSE_40000 = 93.0
"""What the review's dense network on 40,000 samples passes."""

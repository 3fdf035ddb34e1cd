"""What the paper prints of the data themselves."""

HUMAN_ACCURACY = 95.8
"""Test accuracy in per cent of the author, over five quizzes."""

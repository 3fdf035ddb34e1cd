"""What the first version of the paper, and its blog, show of the threshold.

Read off a figure: the mean of several runs, how many is not said; what it trained on
and for how long is not public.
"""

CURVE_CLASSES = 10
CURVE_SAMPLES = 10_000
"""Where the figure draws the threshold, in parameters, as n."""
CURVE_TEST_LOSS = {
    10: 1.13, 20: 1.05, 30: 0.98, 50: 0.99, 70: 1.08, 110: 1.34, 150: 1.54, 170: 1.57,
    190: 1.72, 210: 1.51, 250: 1.48, 290: 1.23, 330: 1.19, 370: 1.09, 430: 1.04,
}  # fmt: skip
"""The test NLL by hidden units."""
PREDICTED = {
    "nll": {"exponent_n": 1, "exponent_k": 0, "constant": 1},
    "mse": {"exponent_n": 1, "exponent_k": 1, "constant": 1},
}
"""The claim of 2020: thresholds at n with NLL, at n K with MSE."""

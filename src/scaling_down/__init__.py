"""A statistically honest reproduction of the MNIST-1D experiments."""

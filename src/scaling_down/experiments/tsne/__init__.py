"""t-SNE of MNIST-1D, in pixel space and of what a network makes of it."""

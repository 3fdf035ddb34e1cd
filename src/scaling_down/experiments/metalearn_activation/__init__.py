"""Metalearning an activation function through 301 steps of an inner training."""

"""Gradients through a whole training: what its losses owe to the activation.

`tables` holds activations as piecewise cubics, `inner` trains a small network with one
and goes back through all steps, `kernels` are the compiled loops of both.
"""

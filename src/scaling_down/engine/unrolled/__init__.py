"""Derivatives of a whole training by what it was trained with.

`sgd` carries the derivative by the learning rate along. `inner` goes back through all
steps to the activation: `tables` holds it as piecewise cubics, `kernels` are the
compiled loops of both.
"""

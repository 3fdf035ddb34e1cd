"""What the notebook prints of all 5,000 samples in pixel space, from one run.

Its openTSNE is another version; 0.7.0 changed the optimiser's defaults.
"""

KL_EARLY, KL = 4.8344, 2.5276
"""Kullback-Leibler divergence after the exaggeration, and at the end."""

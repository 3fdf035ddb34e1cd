"""Training of many replicas at once; see `engine.training` and `engine.layers`."""

"""The networks of the paper, one family a module, many replicas at once."""

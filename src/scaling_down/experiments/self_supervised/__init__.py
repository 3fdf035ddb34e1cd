"""Contrastive learning (SimCLR) and what each layer of its networks has learned."""

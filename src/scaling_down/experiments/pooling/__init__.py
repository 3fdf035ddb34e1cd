"""Pooling methods compared over numbers of training samples."""

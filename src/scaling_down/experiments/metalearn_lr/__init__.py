"""Metalearning a learning rate through the whole inner training."""

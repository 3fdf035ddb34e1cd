"""MNIST's own digits: IDX files, and the registry's package that has some of them."""

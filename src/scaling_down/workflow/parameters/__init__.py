"""The parameter file: its sections, and the wording of mistakes."""

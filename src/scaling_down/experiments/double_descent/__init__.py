"""Deep double descent in the width of a network (the paper's section 5.2)."""

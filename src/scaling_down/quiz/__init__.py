"""The human row of Table 1: a quiz on one page, and what its answers say."""

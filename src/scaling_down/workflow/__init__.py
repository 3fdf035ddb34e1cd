"""What is to be made and what stands: parameters, runs, plans, files."""

"""What the runs compute."""

"""What the experiments share that train networks of many widths."""

"""What all figures share: style, palette, bands, dots with intervals, saving."""

"""What all figures share: the style sheet, bands, notes, saving."""

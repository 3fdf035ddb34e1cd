"""Where networks begin to interpolate: the withdrawn claim of 2020, tested."""

"""`make bench`: rates and ratios on this machine, in one run. Nothing is asserted about time."""

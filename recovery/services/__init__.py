"""One function = one thing a person (or the clock) does = one commit."""

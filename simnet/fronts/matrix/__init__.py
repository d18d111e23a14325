"""`simnet matrix`: clients found, cells measured, many at a time."""

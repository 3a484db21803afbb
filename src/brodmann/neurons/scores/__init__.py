"""One number per unit and column: pure functions, and listeners that stream their sums."""

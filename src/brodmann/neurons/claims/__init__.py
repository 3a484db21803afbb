"""Claims: what is asked beforehand, what was measured, and the rule that judges."""

"""Speed claims, each measured beside its peers in one process."""

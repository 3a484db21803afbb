"""One job each: keep the best, resume, history, progress, step checkpoints, capture."""

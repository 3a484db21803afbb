"""The core, pure torch: capture, token policies, scores, selections, interventions, statistics."""

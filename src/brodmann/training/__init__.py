"""Training a method: batches, metrics, optimizer, the LightningModule and the fit."""

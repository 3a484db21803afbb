"""The parts of the calibration."""

"""What the studies of functions share: models opened with a function's questions, and scans."""

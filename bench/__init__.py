"""Measurements: what the directory costs at sizes that it does not have yet."""

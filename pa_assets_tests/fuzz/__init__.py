"""Malformed deliveries by seed from a grammar of faults, run through the whole of data preparation."""

"""Collection from a small Resource Manager on the loopback address, by the unmodified SDK."""

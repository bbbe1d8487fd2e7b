"""Millions of small rule lists, each decided for every packet of a small universe by the engine and by plain loops."""

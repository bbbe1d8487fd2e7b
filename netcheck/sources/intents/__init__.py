"""Intents files, the sites they compare with, and baselines of known failures."""

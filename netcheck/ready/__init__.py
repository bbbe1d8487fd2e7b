"""`ready`: is a site prepared for its first backup, line by line, as a profile's documentation asks.

The lines are data (`netcheck/data/checklist.yaml`); each names the predicate that judges it, a file below `rules`.
"""

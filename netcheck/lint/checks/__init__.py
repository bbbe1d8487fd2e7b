"""The checks: each file looks for one kind of finding."""

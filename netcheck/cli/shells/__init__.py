"""Completion for shells: one description of all commands, and a writer for each shell."""

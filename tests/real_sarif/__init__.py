"""The unmodified SARIF validator reads what netcheck writes."""

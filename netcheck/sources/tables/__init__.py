"""NSG rules as CSV and TSV tables."""

"""The answers of all questions about the backup traffic of a site, gathered once, and their report as a page."""

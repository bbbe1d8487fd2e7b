"""A site as a local page that follows its files, with a form for questions about paths."""

"""The report as one HTML page: a file a section, each a function from values to elements."""

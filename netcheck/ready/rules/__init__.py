"""The predicates of the checklist, one a file: `judge` yields what it finds for the site or for each VM."""

"""Values in notebooks: a piece of HTML to look at, and records for a data frame."""

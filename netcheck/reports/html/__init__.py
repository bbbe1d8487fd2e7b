"""Pages for browsers: one file each, opens from disk, loads nothing, runs no text of a site."""

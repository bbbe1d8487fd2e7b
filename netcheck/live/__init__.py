"""What reaches beyond the files that were given: nothing below `cli` and `live` opens a connection."""

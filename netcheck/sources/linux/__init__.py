"""Linux host firewalls, from the files and listings of the programs that keep them."""

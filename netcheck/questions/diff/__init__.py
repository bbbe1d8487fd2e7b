"""`diff`: what a change opens and what it closes, over all packets, with who decides on each side."""

"""Scripts of every dialect, read back by readers that share nothing with what wrote them."""

"""Questions about a service-tag file alone: which tags hold an address, whether one tag holds another, what one is."""

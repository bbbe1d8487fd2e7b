"""Rule sets and configurations given to the real programs, packets sent, and the outcome compared with netcheck's."""

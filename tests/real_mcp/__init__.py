"""`netcheck mcp` and the official client of the Model Context Protocol, which has an environment of its own."""

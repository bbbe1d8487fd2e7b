"""A server of the Model Context Protocol: the answers of netcheck for assistants, over standard input and output."""

"""Pictures: the network and one path as values, laid out once, written as SVG, DOT, Mermaid and draw.io XML."""

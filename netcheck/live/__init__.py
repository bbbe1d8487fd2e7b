"""A site as a local page that follows its files: nothing leaves the machine."""

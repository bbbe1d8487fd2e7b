"""What deals with connections: a site as a local page, and the download of service-tag files."""

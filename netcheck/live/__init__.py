"""What deals with connections: the local page of a site, and the download of service-tag files."""

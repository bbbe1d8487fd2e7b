"""What deals with connections: a site as a local page, service-tag files from Microsoft, and sites from Azure."""

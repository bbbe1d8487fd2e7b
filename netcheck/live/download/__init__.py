"""The current service-tag file from Microsoft: the one thing in netcheck that opens a connection outwards."""

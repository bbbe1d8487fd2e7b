"""What is wrong, or looks wrong, with a site whatever is asked about it: one small file a finding, and a registry."""

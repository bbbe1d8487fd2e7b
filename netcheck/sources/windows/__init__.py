"""Windows Defender Firewall, from what the machine or its policy exports."""

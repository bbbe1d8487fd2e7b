"""The version, a constant: reading package metadata would cost start-up time."""

__version__ = "0.1.0"

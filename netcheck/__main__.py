"""`python -m netcheck`."""

from netcheck.cli.main import console

if __name__ == "__main__":
    console()

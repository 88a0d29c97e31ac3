"""`python -m leadlog`."""

from leadlog.cli import script

if __name__ == "__main__":
    script()

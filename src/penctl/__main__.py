"""`python -m penctl` is the command line."""

import sys

from penctl.cli import main

if __name__ == "__main__":
    sys.exit(main())

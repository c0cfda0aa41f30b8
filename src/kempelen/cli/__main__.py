"""`python -m kempelen.cli`: the command `kempelen`, where it is not on the PATH."""

import sys

from kempelen.cli.command import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m studio` is `tinyml-studio`."""

import sys

from studio.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

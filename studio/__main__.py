"""`python -m studio` is `tinyml-studio`."""

import sys

INTERRUPTED = 130


def main() -> int:
    """The command line; Ctrl+C while its modules are still being imported ends it as quietly as later."""
    try:
        from studio.cli.main import main as carry_out

        return carry_out()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())

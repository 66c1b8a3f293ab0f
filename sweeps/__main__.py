"""Start: ``odyssey …`` or ``python -m sweeps …``."""

from sweeps.command_line.app import main

if __name__ == "__main__":
    main()

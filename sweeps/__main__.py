"""Start: ``odyssey …`` or ``python -m sweeps …``."""

from sweeps.command_line import app
from sweeps.process_end import ended_in_haste


def main() -> None:
    """Run the command line as a process of its own."""
    with ended_in_haste():
        app.main()


if __name__ == "__main__":
    main()

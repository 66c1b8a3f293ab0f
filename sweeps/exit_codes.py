"""What the exit code of a verb says; `odyssey --help` has the words."""

EXIT_DONE = 0
EXIT_FAILED = 1  # no trial with an outcome, or nothing explained
EXIT_USAGE = 2
EXIT_TOO_MANY_FAILED = 3
EXIT_NO_TOP_RUNG = 4
EXIT_CLUSTER = 5
EXIT_INTERRUPTED = 130

"""A command's process ends with its code after all that was registered for its end, and before Python's clean-up."""

import subprocess
import sys

import pytest

BODY = """
import atexit, sys, threading, time
from sweeps.process_end import ended_in_haste, without_farewells

class Late:
    def __del__(self):
        print("taken apart")

late = Late()
with ended_in_haste():
    atexit.register(print, "registered")
    threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
    {end}
print("after")
"""


def ended(end):
    return subprocess.run(
        [sys.executable, "-c", BODY.replace("{end}", end)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("code", [0, 3, 130])
def test_it_ends_with_its_code_after_what_was_registered_and_takes_nothing_apart(code):
    process = ended(f"sys.exit({code})")
    assert (process.returncode, process.stdout.split("\n")) == (code, ["thread", "registered", ""])


def test_an_error_is_told_as_ever():
    process = ended("raise ValueError('what')")
    assert process.returncode == 1
    assert process.stdout.splitlines() == ["thread", "registered", "taken apart"]
    assert "ValueError: what" in process.stderr


def test_a_message_instead_of_a_code_is_told_as_ever():
    process = ended("sys.exit('what')")
    assert (process.returncode, process.stderr) == (1, "what\n")
    assert "taken apart" in process.stdout


def test_what_does_not_exit_goes_on():
    assert ended("pass").stdout.splitlines() == ["after", "thread", "registered", "taken apart"]


@pytest.mark.parametrize(("end", "code"), [("sys.exit(3)", 3), ("raise ValueError('what')", 5)])
def test_nothing_that_was_registered_is_called_where_it_would_not_return(end, code):
    process = ended(f"without_farewells(5); {end}")
    assert (process.returncode, process.stdout) == (code, "thread\n")

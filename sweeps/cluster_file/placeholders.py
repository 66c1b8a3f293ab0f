"""What the shipped files leave to be filled in."""

import re
from collections.abc import Iterator

from sweeps.cluster_file.document import ClusterDocument
from sweeps.problems import Path, Problem

MARK = re.compile(r"#\s*CHANGE\b[:,]?\s*(?P<what>[^#]*)")
_VARIABLE = re.compile(r"^\s*(?:export\s+)?(?P<name>\w+)=")
# Values that exist nowhere, so that a file in which they were forgotten reaches nothing and nobody.
_VALUES = {
    r"ami-0123456789abcdef0": "the identifier of an image",
    r"sg-0123456789abcdef0": "the identifier of a security group",
    r"192\.0\.2\.\d+": "the address of a machine of yours",
    r"\bmy-project\b": "the name of a project of yours",
    r"\bmy-bucket\b": "the name of a bucket of yours",
    r"registry\.example\.com": "a registry of yours",
}


def placeholders_are_filled(document: ClusterDocument) -> Iterator[Problem]:
    """Tell the values that stand for one of the user's own."""
    for number, line in _content(document.text):
        for pattern, meaning in _VALUES.items():
            found = re.search(pattern, line)
            if found:
                message = f"must be {meaning}, got the placeholder {found.group()}."
                yield Problem(path=_key(document, number, line), message=message, line=number)


def marks_are_gone(document: ClusterDocument) -> Iterator[Problem]:
    """Tell the lines that are still marked to be changed."""
    for number, line in enumerate(document.text.splitlines(), start=1):
        mark = MARK.search(line)
        if mark and not line.lstrip().startswith("#") and not any(re.search(each, line) for each in _VALUES):
            message = "is still marked CHANGE: put your own value there, or keep this one, and delete the mark."
            yield Problem(path=_key(document, number, line), message=message, line=number)


def _content(text: str) -> Iterator[tuple[int, str]]:
    """Go through the lines, their comments left out."""
    for number, line in enumerate(text.splitlines(), start=1):
        content = re.split(r"(?:^|\s)#", line, maxsplit=1)[0]
        if content.strip():
            yield number, content


def _key(document: ClusterDocument, number: int, line: str) -> Path:
    """Give the outermost key of a line, or in a script the name of its variable."""
    found = _VARIABLE.match(line)
    keys = [path for path, where in document.lines.items() if where == number]
    return min(keys, key=len, default=(found["name"],) if found else ())

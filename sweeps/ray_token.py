"""Ray's authentication token: where it lies. It is never read here; Ray's own clients read and send it."""

import os
from pathlib import Path

GET_ONE = (
    "The token is that of the cluster: what `ray get-auth-token --generate` wrote before `ray up`, on the head in "
    "~/.ray/auth_token. Put it into ~/.ray/auth_token here (mode 600)"
)


def token_source() -> str | None:
    """Say where a token would be read from; never the token."""
    if os.environ.get("RAY_AUTH_TOKEN"):
        return "RAY_AUTH_TOKEN"
    path = token_file()
    return str(path) if path.is_file() else None


def token_file() -> Path:
    """Give the file that would hold the token, whether or not it is there."""
    return Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token")


def send_token() -> None:
    """Let Ray's clients send the token, where there is one and nothing else was chosen.

    To be called before anything imports Ray, which looks but once.
    """
    if token_source() is not None:
        os.environ.setdefault("RAY_AUTH_MODE", "token")

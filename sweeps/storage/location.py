"""Where runs lie when that is no folder: a URI that pyarrow's file systems know, such as s3://bucket/prefix."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from sweeps.problems import UsageError

_SECRETS = ("access_key", "secret_key", "session_token", "account_key", "sas_token")
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")  # the first that is set counts, as for AWS's own tools
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


def is_uri(text: str) -> bool:
    """Say whether a text is a URI rather than the path of a folder."""
    return "://" in text


@dataclass(frozen=True, slots=True)
class Location:
    """A place in an object store: of runs, of one, or within one."""

    base: str  # without a slash at its end
    query: str = ""  # options of the file system, such as endpoint_override

    @classmethod
    def parse(cls, text: str) -> "Location":
        """Read a URI as typed.

        Raises:
            UsageError: If it is none that pyarrow knows, has no bucket, or holds credentials.
        """
        parts = urlsplit(text)
        if parts.username or parts.password or any(key in _SECRETS for key, _ in parse_qsl(parts.query)):
            raise UsageError(
                f"The URI of a folder of runs must hold no credentials, got some for {parts.hostname}: "
                "give them by the environment, a profile or the machine's role; what is typed ends up in records."
            )
        if not parts.netloc:
            raise UsageError(f"The URI of a folder of runs must be like s3://bucket/prefix, got {text!r}.")
        location = cls(base=f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/"), query=parts.query)
        location.open()
        return location

    def __str__(self) -> str:
        return f"{self.base}?{self.query}" if self.query else self.base

    def __truediv__(self, name: str) -> "Location":
        return Location(f"{self.base}/{name}", self.query)

    @property
    def name(self) -> str:
        """The last part."""
        return self.base.rpartition("/")[2]

    @property
    def parent(self) -> "Location":
        """The place that this one is in."""
        return Location(self.base.rpartition("/")[0], self.query)

    def open(self) -> tuple[Any, str]:
        """Give pyarrow's file system and the path inside it; nothing is sent, but to find a bucket's region.

        Raises:
            UsageError: If pyarrow does not know such a URI.
        """
        try:
            return _opened(self.for_workers())
        except (ValueError, OSError, NotImplementedError) as error:
            raise UsageError(
                f"The URI of a folder of runs must be one that can be opened, got {self}: {error}"
            ) from error

    def for_workers(self) -> str:
        """Give the URI with the endpoint and the region that this process was told by its environment.

        So a worker on another machine finds the same store. No credentials are in it.
        """
        if not self.base.startswith("s3://"):
            return str(self)
        found = dict(parse_qsl(self.query))
        told = {"endpoint_override": _first(_ENDPOINTS), "region": _first(_REGIONS)}
        options = {**{key: value for key, value in told.items() if value}, "allow_delayed_open": "true", **found}
        return f"{self.base}?{urlencode(options, quote_via=quote)}"


@cache
def _opened(uri: str) -> tuple[Any, str]:
    from pyarrow import fs

    file_system, path = fs.FileSystem.from_uri(uri)
    return file_system, path


def _first(names: tuple[str, ...]) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)

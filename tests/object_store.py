"""An S3 of the test's own: moto's server on the loopback, in a thread, with a bucket called sweeps."""

import contextlib
import logging
import os
import urllib.request
from collections.abc import Iterator

from moto.server import ThreadedMotoServer

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-secret",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",  # nobody else is asked for credentials
}


@contextlib.contextmanager
def served_store() -> Iterator[str]:
    """Serve an empty store and tell this process, and those that it starts, of it; give its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    before = {name: os.environ.get(name) for name in (*ENVIRONMENT, "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE")}
    os.environ.update(ENVIRONMENT, AWS_ENDPOINT_URL=address)
    os.environ.pop("AWS_CA_BUNDLE", None)
    try:
        ask(f"{address}/sweeps", "PUT")
        yield address
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        server.stop()


def ask(url: str, method: str) -> None:
    """Send a request without a body."""
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10):
        pass

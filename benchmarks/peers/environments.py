"""Environments of the peers that are no part of Odyssey's own, made from `requirements-<peer>.txt` and kept."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def default_folder() -> Path:
    """Give the place in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "odyssey-benchmarks"


def environment_python(folder: Path, peer: str) -> str:
    """Give the interpreter of a peer's environment, which is made where there is none of these requirements."""
    requirements = HERE / f"requirements-{peer}.txt"
    mark = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    environment = folder / f"{peer}-{mark}"
    python = environment / "bin" / "python"
    done = environment / "complete"
    if not done.exists():
        print(f"making the environment {environment}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)]
        subprocess.run(install, check=True)
        done.touch()
    return str(python)

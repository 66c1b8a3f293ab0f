"""Every built-in sweep by name."""

from importlib.resources import files

SWEEPS: dict[str, str] = {
    "digits-lstm": "digits-lstm.yaml",
    "digits-ffnn": "digits-ffnn.yaml",
    "digits-families": "digits-families.yaml",
    "toy-motif-lstm": "toy-motif-lstm.yaml",
}
DEFAULT_SWEEP = "digits-lstm"


def built_in_text(name: str) -> str:
    """Give the text of a built-in sweep file."""
    return files("sweeps.built_in").joinpath(SWEEPS[name]).read_text(encoding="utf-8")

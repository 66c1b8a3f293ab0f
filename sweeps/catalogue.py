"""Every built-in sweep by name."""

from importlib.resources import files

SWEEPS: dict[str, str] = {
    "digits-lstm": "digits-lstm.yaml",
    "digits-ffnn": "digits-ffnn.yaml",
    "digits-families": "digits-families.yaml",
    "toy-motif-lstm": "toy-motif-lstm.yaml",
    "positional-leucines": "positional-leucines.yaml",
    "three-leucines": "three-leucines.yaml",
    "anchor-motif": "anchor-motif.yaml",
    "masking-or-padding": "masking-or-padding.yaml",
    "shared-or-separate-embeddings": "shared-or-separate-embeddings.yaml",
    "model-families": "model-families.yaml",
    "ends-or-whole": "ends-or-whole.yaml",
    "learning-rate-decay-grid": "learning-rate-decay-grid.yaml",
    "one-at-a-time": "one-at-a-time.yaml",
    "handwriting-lstm": "handwriting-lstm.yaml",
}
DEFAULT_SWEEP = "digits-lstm"


def built_in_text(name: str) -> str:
    """Give the text of a built-in sweep file."""
    return files("sweeps.built_in").joinpath(SWEEPS[name]).read_text(encoding="utf-8")

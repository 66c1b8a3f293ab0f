"""What all contenders are given: configurations as JSON, samples and folds as an .npz, and Odyssey's sweep file."""

import json
from pathlib import Path

import numpy as np

SEED = 17
SWEEP = f"""name: efficiency
task: digits
network: lstm
folds: 3
scheduler: {{type: asha, first_rung: 1, max_epochs: 27, reduction_factor: 3}}
search: {{type: random}}
probe_share: 0
budget: {{trials: TRIALS}}
seed: {SEED}
"""


def write_task_files(folder: Path, trials: int) -> None:
    """Write all three into a folder; the product draws the configurations and makes the folds."""
    from sweeps.loading import load_sweep
    from sweeps.probes import draw_from_prior

    path = folder / "sweep.yaml"
    path.write_text(SWEEP.replace("TRIALS", str(trials)))
    sweep, data = load_sweep(str(path), [])
    configurations = [draw_from_prior(sweep.space, seed=SEED, number=number) for number in range(trials)]
    (folder / "configurations.json").write_text(json.dumps(configurations))
    samples = data.data.development
    rows = {f"train_{fold}": split.train for fold, split in enumerate(data.folds)}
    rows |= {f"validation_{fold}": split.validation for fold, split in enumerate(data.folds)}
    np.savez(folder / "digits.npz", values=samples.values, targets=samples.targets, **rows)

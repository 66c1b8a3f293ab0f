"""What it takes to load a task: 150,000 peptides, and 72 long recordings that many trials read at once.

    python benchmarks/task_loading.py [--repetitions 3] [--readers 1 2 4]

Peptides: each encoding is loaded, divided into folds and audited in a process of its own, of 15,000 and of 150,000 rows
of one generated file that overlap as tiles of proteins do; its peak of memory is set against what the arrays take.
Beside it stands the processor time in which Python's csv module reads the same file and nothing is made of it.

Recordings: 72 subjects × 16,000 steps × 7 channels lie in Ray's object store once; k processes read them as trials do,
batch by batch, through tensors over the store's memory, and, for comparison, through tensors over a copy of their own.
Proportional memory (PSS) counts a page that n processes share as 1/n for each, so that its sum over the readers is what
they take together; unique memory (USS) counts pages that no other process has.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measurement import write_measured

ROWS = (15_000, 150_000)
ENCODINGS = ("index", "one_hot", "kmer", "kmer_one_hot")
SUBJECTS, STEPS, CHANNELS = 72, 16_000, 7
BATCH = 1  # as the study of handwriting had it
MEBIBYTE = 2**20


def write_peptides(path: Path, rows: int) -> None:
    """Write peptides of 8 to 15 residues, cut from generated proteins of eight times as many residues in all."""
    from learning_tasks.peptides.amino_acids import AMINO_ACIDS

    rng = np.random.default_rng(1)
    protein = "".join(rng.choice(list(AMINO_ACIDS), size=8 * rows))
    lengths, starts = rng.integers(8, 16, size=rows), rng.integers(0, 8 * rows - 15, size=rows)
    affinities = np.exp(rng.uniform(0, np.log(50_000), size=rows))
    with path.open("w", encoding="utf-8") as file:
        file.write("species\tmhc\tpeptide_length\tcv\tsequence\tinequality\tmeas\n")
        for length, start, affinity in zip(lengths.tolist(), starts.tolist(), affinities.tolist(), strict=True):
            peptide = protein[start : start + length]
            file.write(f"human\tHLA-A-0201\t{length}\tTBD\t{peptide}\t=\t{affinity:.1f}\n")


def measure_peptides(file: str, encoding: str) -> dict[str, float]:
    """Load the file in this process, which has done nothing yet."""
    import sklearn.model_selection  # noqa: F401  a second, once, that no task is to blame for

    from learning_tasks.fold_plan import FoldPlan, plan_folds
    from learning_tasks.peptides.peptide_options import PeptideOptions
    from learning_tasks.peptides.peptide_task import peptide_task
    from learning_tasks.split_audit import audit_split

    before, started = peak_memory(), time.perf_counter()
    marks = [time.process_time()]
    data = peptide_task(PeptideOptions(file=file, encoding=encoding)).load()  # type: ignore[arg-type]
    marks.append(time.process_time())
    wall, loaded = time.perf_counter() - started, peak_memory()
    folds = plan_folds(data.development, data.shape.kind, FoldPlan(), 17)
    marks.append(time.process_time())
    audit_split(data, folds)
    marks.append(time.process_time())
    in_all = peak_memory()
    with Path(file).open(newline="") as lines:
        list(csv.reader(lines, delimiter="\t"))
    marks.append(time.process_time())
    seconds = np.diff(marks).tolist()
    arrays = sum(array.nbytes for split in (data.development, data.test) for array in split.arrays().values())
    return {
        "load_wall_s": wall,
        **{f"{name}_cpu_s": each for name, each in zip(("load", "folds", "audit", "csv"), seconds, strict=True)},
        "samples": len(data.development) + len(data.test),
        "arrays_mib": arrays / MEBIBYTE,
        "load_peak_mib": (loaded - before) / MEBIBYTE,
        "peak_mib": (in_all - before) / MEBIBYTE,
    }


def peak_memory() -> int:
    """Give the most memory that this process has held, in bytes (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def load_peptides(repetitions: int) -> list[dict[str, Any]]:
    """Load each file in each encoding, again and again, each time in a new process."""
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in ROWS:
            write_peptides(Path(folder, f"{rows}.tsv"), rows)
        for repetition in range(repetitions):
            for encoding in ENCODINGS:
                for rows in ROWS:
                    command = [sys.executable, __file__, "--peptides", str(Path(folder, f"{rows}.tsv")), encoding]
                    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                    found = {"repetition": repetition, "rows": rows, "encoding": encoding, **json.loads(output)}
                    print(found, flush=True)
                    measured.append(found)
    return measured


def read_recordings(readers: tuple[int, ...]) -> list[dict[str, Any]]:
    """Let more and more processes read the same recordings, shared or copied."""
    import logging

    import ray

    from learning_tasks.samples import Samples

    def recordings(subjects: int) -> Samples:
        numbers = np.arange(subjects, dtype=np.int64)
        values = np.random.default_rng(1).normal(size=(subjects, STEPS, CHANNELS)).astype(np.float32)
        return Samples(values=values, lengths=np.full_like(numbers, STEPS), targets=numbers % 2, groups=numbers)

    ray.init(
        num_cpus=max(readers), include_dashboard=False, logging_level=logging.ERROR, object_store_memory=256 * MEBIBYTE
    )
    few, all_of_them = ray.put(recordings(4)), ray.put(recordings(SUBJECTS))
    measured = [
        {"readers": count, "copied": copied, **_read_at_once(few, all_of_them, count, copied)}
        for count in readers
        for copied in (False, True)
    ]
    ray.shutdown()
    for found in measured:
        print(found, flush=True)
    return measured


def _read_at_once(few: Any, all_of_them: Any, count: int, copied: bool) -> dict[str, float]:
    """Measure what readers take that have read a few recordings, and then read all."""
    import ray

    actors = [ray.remote(Reader).remote() for _ in range(count)]
    ray.get([actor.read.remote(few, False) for actor in actors])
    before = ray.get([actor.memory.remote() for actor in actors])
    ray.get([actor.read.remote(all_of_them, copied) for actor in actors])
    after = ray.get([actor.memory.remote() for actor in actors])  # while all of them hold the recordings
    for actor in actors:
        ray.kill(actor)
    size = SUBJECTS * STEPS * CHANNELS * 4 / MEBIBYTE
    together = {
        kind: sum(late[kind] - early[kind] for early, late in zip(before, after, strict=True)) for kind in after[0]
    }
    return {
        "recordings_mib": size,
        "pss_of_all_readers_mib": together["pss"],
        "uss_of_all_readers_mib": together["uss"],
        "copies": together["pss"] / size,
    }


class Reader:
    """A process that reads recordings as a trial does."""

    def read(self, samples: Any, copied: bool) -> float:
        """Go through all batches, and hold on to the tensors."""
        from dataclasses import replace

        import torch

        from trainables.sample_tensors import samples_to_tensors

        if copied:
            samples = replace(samples, values=samples.values.copy())
        self.tensors = samples_to_tensors(samples, torch.device("cpu"))
        rows = torch.arange(len(samples))
        return sum(float(batch.values.sum()) for batch in self.tensors.batches(rows, BATCH))

    def memory(self) -> dict[str, float]:
        """Tell unique and proportional memory, in mebibytes (Linux)."""
        import psutil

        full = psutil.Process().memory_full_info()
        return {"uss": full.uss / MEBIBYTE, "pss": full.pss / MEBIBYTE}


def growth(measured: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Compare ten times the rows with the fewer, and loading with reading: medians of the ratios of paired runs."""

    def compared(encoding: str) -> dict[str, float]:
        fewer, more = ([each for each in measured if (each["encoding"], each["rows"]) == (encoding, n)] for n in ROWS)
        pairs = list(zip(fewer, more, strict=True))
        return {
            "load_cpu_s": float(np.median([many["load_cpu_s"] for many in more])),
            "load / csv": float(np.median([many["load_cpu_s"] / many["csv_cpu_s"] for many in more])),
            "load_peak / arrays": float(np.median([many["load_peak_mib"] / many["arrays_mib"] for many in more])),
            "load of ten times the rows": float(np.median([b["load_cpu_s"] / a["load_cpu_s"] for a, b in pairs])),
            "peak of ten times the rows": float(np.median([b["load_peak_mib"] / a["load_peak_mib"] for a, b in pairs])),
        }

    return {encoding: compared(encoding) for encoding in ENCODINGS}


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--readers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--peptides", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peptides:
        print(json.dumps(measure_peptides(*options.peptides)))
        return
    peptides = load_peptides(options.repetitions)
    recordings = read_recordings(tuple(options.readers))
    settings = {"rows": ROWS, "encodings": ENCODINGS, "recordings": (SUBJECTS, STEPS, CHANNELS), "batch": BATCH}
    result = write_measured(
        "task_loading", settings=settings, peptides=peptides, growth=growth(peptides), recordings=recordings
    )
    print(result)


if __name__ == "__main__":
    main()

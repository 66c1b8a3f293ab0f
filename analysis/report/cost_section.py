"""What a run cost: time, epochs, hardware."""

import pandas as pd

from analysis.report.blocks import Block, Facts, Section, Table
from analysis.report.findings import Findings
from analysis.report.stopping_section import saving_words
from analysis.report.words import counted, duration, memory, percent, rough


def cost_section(findings: Findings) -> Section:
    """Add up what was spent."""
    pairs = [(name, text) for name, text in _facts(findings) if text]
    blocks: list[Block] = [Facts(pairs=tuple(pairs))]
    nodes = _node_table(findings)
    if nodes is not None:
        blocks.append(nodes)
    return Section(anchor="cost", title="What it cost", blocks=tuple(blocks))


def cost_words(findings: Findings) -> str:
    """Say what was spent, in a sentence."""
    return f"{duration(findings.summary.elapsed_seconds)}{_on(findings)}. {saving_words(findings)}"


def _on(findings: Findings) -> str:
    cpus = (findings.manifest.get("hardware") or {}).get("cpus")
    nodes = _column(findings.record.trials, "node").dropna().nunique()
    if nodes > 1:
        return f" on {counted(nodes, 'machine')}"
    return f" on a machine with {counted(int(cpus), 'CPU')}" if cpus else ""


def _facts(findings: Findings) -> list[tuple[str, str]]:
    elapsed, manifest = findings.summary.elapsed_seconds, findings.manifest
    train = float(_column(findings.record.trials, "train_seconds").sum())
    gpu = float(_column(findings.record.trials, "gpu_seconds").sum())
    saved, trained = findings.summary.epochs_saved, findings.summary.epochs_trained
    at_once = f"; on average {rough(train / elapsed)} trials at a time" if elapsed > 0 and train > 0 else ""
    return [
        ("Started", _time(manifest.get("started_at"))),
        ("Ended", _time(manifest.get("ended_at")) or _unfinished(findings)),
        ("Wall time", f"{duration(elapsed)}, from the first start to the last record"),
        ("Training time", f"{duration(train)}, added over trials{at_once}"),
        ("GPU time", duration(gpu) if gpu > 0 else ""),
        ("Epochs trained", f"{trained:,}, each on all replicates"),
        ("Epochs saved by stopping", f"{saved:,}, {percent(saved / (trained + saved))} of all" if saved else ""),
        ("Time of an epoch", _epoch_time(findings.record.epochs)),
        ("Hardware", _hardware(findings)),
    ]


def _column(table: pd.DataFrame, name: str) -> "pd.Series[float]":
    return table[name] if name in table.columns else pd.Series(dtype="float64")


def _time(text: object) -> str:
    return f"{pd.Timestamp(str(text)).tz_convert('UTC'):%Y-%m-%d %H:%M:%S} UTC" if text else ""


def _unfinished(findings: Findings) -> str:
    return "under way" if findings.state == "running" else "not recorded"


def _epoch_time(epochs: pd.DataFrame) -> str:
    seconds = _column(epochs, "seconds").dropna()
    if seconds.empty:
        return ""
    low, middle, high = (float(seconds.quantile(level)) for level in (0.1, 0.5, 0.9))
    return f"median {duration(middle)}; 80 % took {duration(low)} to {duration(high)}"


def _hardware(findings: Findings) -> str:
    known = findings.manifest.get("hardware") or {}
    parts = [
        str(known.get("host") or ""),
        counted(int(known["cpus"]), "CPU") if known.get("cpus") else "",
        memory(float(known["memory_bytes"])) if known.get("memory_bytes") else "",
        str(known.get("gpu") or known.get("gpus") or ""),
        str(known.get("system") or ""),
    ]
    return ", ".join(part for part in parts if part)


def _node_table(findings: Findings) -> Table | None:
    epochs = findings.record.epochs
    if _column(epochs, "node").dropna().nunique() < 2:
        return None
    rows = [
        (str(node), f"{of['trial_id'].nunique():,}", f"{len(of):,}", duration(float(of["seconds"].sum())))
        for node, of in epochs.groupby("node")
    ]
    return Table(caption="By machine.", columns=("machine", "trials", "epochs", "training time"), rows=tuple(rows))

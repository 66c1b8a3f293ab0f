"""One trial of Syne Tune's: it trains and reports each epoch, until it is stopped."""

import argparse
from pathlib import Path

from bare_digits import train_configuration
from syne_tune import Reporter


def main() -> None:
    """Train a configuration."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--number", type=int)
    parser.add_argument("--folder")
    options, _ = parser.parse_known_args()
    path = Path(options.folder, "epochs", f"{options.number}.txt")
    path.parent.mkdir(exist_ok=True)
    report = Reporter()
    with path.open("w") as file:
        for epoch, accuracy in enumerate(train_configuration(options.folder, options.number), start=1):
            print(accuracy, file=file, flush=True)
            report(epoch=epoch, accuracy=accuracy)


if __name__ == "__main__":
    main()

"""Write the set as WAV files into a folder, a line about each in labels.csv."""

import csv
import wave
from pathlib import Path

import click

from tools.greetings.clips import Split, make, plan
from tools.greetings.speech import RATE

SPLITS: tuple[Split, ...] = ("train", "test")


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--count", default=500, show_default=True, help="Clips of each split, about.")
def main(folder: Path, count: int) -> None:
    """Make the set in FOLDER."""
    for split in SPLITS:
        (folder / split).mkdir(parents=True, exist_ok=True)
        with (folder / split / "labels.csv").open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(("file", "label", "kind"))
            for kind, seed in plan(count):
                clip = make(kind, split, seed)
                name = f"{kind}-{seed:04}.wav"
                _write(folder / split / name, clip.pcm)
                lines.writerow((name, clip.label, clip.kind))


def _write(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)


if __name__ == "__main__":
    main()

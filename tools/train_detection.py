"""Train the model of machine detection on a set made here, and write it.

    pip install --group training
    python -m tools.train_detection

The same seed and the same version of scikit-learn give the same model. The set it is judged on has other voices and
other texts: make bench-detection.
"""

from multiprocessing import Pool
from pathlib import Path

import click
import msgspec
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from telemarket.dialer.detection import forest
from telemarket.dialer.detection.detector import EVERY
from telemarket.dialer.detection.features import NAMES, describe
from telemarket.dialer.detection.forest import Model
from telemarket.dialer.detection.heard import Verdict
from telemarket.dialer.detection.hearing import Hearing
from telemarket.dialer.detection.spectrum import SECONDS
from tools.greetings.clips import MUSIC, make, plan

CLASSES = (Verdict.HUMAN, Verdict.MACHINE, Verdict.SCREENED, MUSIC)
LONGEST = 8.0  # seconds of each clip that are learned from
SIGNIFICANT = 6  # digits kept of values
SEED = 1

Rows = list[tuple[int, list[float]]]


def rows_of(clip: tuple[str, int]) -> Rows:
    """(class, features) of every look the detector would take at one clip; none if the rhythm does not decide it."""
    label, _, pcm = make(clip[0], "train", clip[1])
    if label not in CLASSES:
        return []
    hearing = Hearing()
    rows: Rows = []
    for frame in hearing.feed(pcm):
        if frame * SECONDS > LONGEST or hearing.beep_at is not None or hearing.signal is not None:
            break
        if frame % EVERY == 0 and hearing.runs:
            rows.append((CLASSES.index(label), describe(hearing.runs, hearing.now, hearing.tonal)))
    return rows


def export(fitted: HistGradientBoostingClassifier) -> Model:
    """The fitted trees as the detector reads them. scikit-learn shows them in private attributes alone."""
    feature, threshold, left, right, value, roots = [], [], [], [], [], []
    depth = 0
    for tree in (tree for turn in fitted._predictors for tree in turn):
        nodes, first = tree.nodes, len(feature)
        leaf = nodes["is_leaf"].astype(bool)
        itself = np.arange(len(nodes))
        depth = max(depth, int(nodes["depth"].max()))
        roots.append(first)
        feature += np.where(leaf, 0, nodes["feature_idx"]).tolist()
        threshold += np.where(leaf, 0.0, nodes["num_threshold"]).tolist()
        left += (first + np.where(leaf, itself, nodes["left"])).tolist()
        right += (first + np.where(leaf, itself, nodes["right"])).tolist()
        value += [_short(each) for each in np.where(leaf, nodes["value"], 0.0)]
    return Model(
        features=NAMES,
        classes=tuple(map(str, CLASSES)),
        base=tuple(_short(each) for each in fitted._baseline_prediction.ravel()),
        depth=depth,
        roots=tuple(roots),
        feature=tuple(feature),
        threshold=tuple(threshold),
        left=tuple(left),
        right=tuple(right),
        value=tuple(value),
    )


def _short(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT}g}")


@click.command()
@click.option("--count", default=4500, show_default=True, help="Clips to learn from.")
def main(count: int) -> None:
    """Train and write the model."""
    with Pool(2) as pool:
        rows = [row for found in pool.imap(rows_of, plan(count), chunksize=20) for row in found]
    classes, features = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    click.echo(f"{len(rows)} looks at {count} clips")
    trees = HistGradientBoostingClassifier(
        max_iter=50, max_leaf_nodes=12, learning_rate=0.12, min_samples_leaf=150, l2_regularization=5, random_state=SEED
    )
    trees.fit(features, classes)
    path = Path(forest.__file__).with_name("model.json")
    path.write_bytes(msgspec.json.encode(export(trees)) + b"\n")
    click.echo(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()

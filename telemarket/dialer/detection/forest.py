"""Boosted decision trees, as tools/train_detection.py writes them, looked up all at once."""

import functools
from collections.abc import Sequence
from importlib import resources

import msgspec
import numpy as np

from telemarket.core.errors import ConfigurationError


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored. Of every node: the `feature` it asks about, the `threshold` up to which it goes `left`, else
    `right`, and the `value` of a leaf, whose `left` and `right` are the leaf itself. `roots` are the first nodes of the
    trees, which add to the `classes` in turn, beginning with `base`."""

    features: tuple[str, ...]
    classes: tuple[str, ...]
    base: tuple[float, ...]
    depth: int
    roots: tuple[int, ...]
    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]


class Forest:
    """Tells how probable each class is. Raises ConfigurationError for a model of other features than `features`."""

    def __init__(self, model: Model, features: Sequence[str]) -> None:
        if model.features != tuple(features):
            raise ConfigurationError(
                "The model of machine detection was trained on other features.",
                remedy="Train it anew: python -m tools.train_detection.",
            )
        self.classes = model.classes
        self._base = np.array(model.base)
        self._depth = model.depth
        self._roots = np.array(model.roots)
        self._feature = np.array(model.feature)
        self._threshold = np.array(model.threshold)
        self._children = np.array([model.right, model.left])
        self._value = np.array(model.value)

    def probabilities(self, row: Sequence[float]) -> dict[str, float]:
        """By class; they add up to 1."""
        values = np.array(row)
        at = self._roots
        for _ in range(self._depth):
            goes_left = (values[self._feature[at]] <= self._threshold[at]).astype(np.intp)
            at = self._children[goes_left, at]
        scores = self._base + self._value[at].reshape(-1, len(self.classes)).sum(axis=0)
        powers = np.exp(scores - scores.max())
        return dict(zip(self.classes, (powers / powers.sum()).tolist(), strict=True))


@functools.cache
def load_model() -> Model:
    """The model that comes with Telemarket."""
    content = resources.files("telemarket.dialer.detection").joinpath("model.json").read_bytes()
    return msgspec.json.decode(content, type=Model)

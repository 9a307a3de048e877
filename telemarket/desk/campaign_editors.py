"""The parts of a campaign's terms that are lists: trunks, and what follows an outcome."""

from typing import Any

from telemarket.calls.problems import Problem
from telemarket.desk.project_forms.draft import Draft, Raw
from telemarket.desk.project_forms.editors import ListEditor, number
from telemarket.desk.project_forms.simple import number_text
from telemarket.dialer.model import USUAL_RETRIES, Outcome, Retry, Terms, Trunk

_MINUTE = 60.0


class TrunksEditor(ListEditor):
    """The lines to call by."""

    root = "terms.trunks"
    template = "campaigns/trunks.html"

    def show(self, terms: Terms, /) -> Raw:
        """See `Editor`."""
        return {
            "trunks": [
                {
                    "endpoint": trunk.endpoint,
                    "lines": str(trunk.lines),
                    "per_second": number_text(trunk.per_second),
                    "prefixes": " ".join(trunk.prefixes),
                }
                for trunk in terms.trunks
            ]
        }

    def read(self, draft: Draft, problems: list[Problem]) -> dict[str, Any]:
        """See `Editor`."""
        trunks = tuple(
            Trunk(
                endpoint=draft.value(f"{path}.endpoint").strip(),
                lines=int(number(draft, f"{path}.lines", problems)),
                per_second=number(draft, f"{path}.per_second", problems),
                prefixes=tuple(draft.value(f"{path}.prefixes").replace(",", " ").split()),
            )
            for path in draft.rows(self.root)
        )
        return {self.root: trunks}

    def blank(self, draft: Draft, path: str) -> Raw:  # noqa: ARG002
        """See `Editor`."""
        return {"endpoint": "", "lines": "10", "per_second": "2", "prefixes": ""}


class RetriesEditor(ListEditor):
    """A line for each outcome after which a campaign may try again; minutes, and attempts after it in all."""

    root = "terms.retries"
    template = "campaigns/retries.html"

    def show(self, terms: Terms, /) -> Raw:
        """See `Editor`."""
        rows = []
        for outcome in dict.fromkeys([*USUAL_RETRIES, *terms.retries]):
            retry = terms.retries.get(outcome)
            shown = retry or USUAL_RETRIES[outcome]
            rows.append(
                {
                    "outcome": str(outcome),
                    "again": "on" if retry else "",
                    "after": number_text(shown.after / _MINUTE),
                    "attempts": str(shown.attempts),
                }
            )
        return {"retries": rows}

    def read(self, draft: Draft, problems: list[Problem]) -> dict[str, Any]:
        """See `Editor`."""
        retries = {
            draft.value(f"{path}.outcome"): Retry(
                after=_MINUTE * number(draft, f"{path}.after", problems),
                attempts=int(number(draft, f"{path}.attempts", problems)),
            )
            for path in draft.rows(self.root)
            if draft.value(f"{path}.again") and draft.value(f"{path}.outcome") in set(Outcome)
        }
        return {self.root: retries}

    def blank(self, draft: Draft, path: str) -> Raw:  # noqa: ARG002
        """See `Editor`: there is a line for each outcome already."""
        return {}

    def place(self, field: str, draft: Draft) -> str:
        """See `Editor`."""
        for path in draft.rows(self.root):
            root = f"{self.root}.{draft.value(f'{path}.outcome')}"
            if field == root or field.startswith(f"{root}."):
                return path + field.removeprefix(root)
        return field

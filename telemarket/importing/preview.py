"""What would become of the first rows, before anything is written."""

import asyncio
from collections import Counter
from typing import Any

import msgspec

from telemarket.core.database import Database
from telemarket.importing.deciding import Decision, decide
from telemarket.importing.drafting import Draft, Drafter, Registers
from telemarket.importing.known import find_known
from telemarket.importing.model import Mapping, checked
from telemarket.importing.running import plan_of
from telemarket.importing.sample import Sample
from telemarket.importing.tables import Row
from telemarket.numbers import NumberingPlan

FIRST, SHOWN = 15, 50


class PreviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row and its fate; `values` and `phones` are as they were read."""

    row: int
    action: str
    values: dict[str, Any]
    phones: list[str]
    changed: list[str]
    reason: str
    contact_id: int | None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows and, of those looked at, the refused and the changed; and how many rows of each fate the whole
    file may have: exact where `whole` is true."""

    rows: list[PreviewRow]
    counts: dict[str, int]
    duplicates: int
    whole: bool


async def preview(
    database: Database, sample: Sample, mapping: Mapping, plan: NumberingPlan, registers: Registers
) -> Preview:
    """Try the mapping on the sample. Raises InvalidInput naming what is wrong with it."""
    rows, drafts = await asyncio.to_thread(_drafts, sample, checked(mapping), plan_of(mapping, plan), registers)
    async with database.read() as connection:
        known = await find_known(connection, drafts)
    first: dict[object, int] = {}
    decisions, duplicates = [], 0
    for draft in drafts:
        before = first.setdefault(draft.key, draft.row) if draft.key and not draft.refusal else draft.row
        repeated = before if before != draft.row else None
        duplicates += repeated is not None
        decisions.append(decide(draft, known.get(draft.row, []), mapping, repeated))
    found = Counter(decision.action for decision in decisions)
    whole = not rows or rows[-1][0] >= sample.total
    scale = 1.0 if whole else max(0, sample.total - sample.header) / len(rows)
    shown = [_row(draft, decision) for draft, decision in zip(drafts, decisions, strict=True)]
    first_rows, others = shown[:FIRST], shown[FIRST:]
    telling = [row for row in others if row.action in ("refused", "updated")]
    return Preview(
        rows=[*first_rows, *telling][:SHOWN],
        counts={action: round(found[action] * scale) for action in ("new", "updated", "unchanged", "refused")},
        duplicates=duplicates,
        whole=whole,
    )


def _drafts(
    sample: Sample, mapping: Mapping, plan: NumberingPlan, registers: Registers
) -> tuple[list[Row], list[Draft]]:
    """The rows below the headings, and what those with anything in them say."""
    drafter = Drafter(mapping, sample.headings(), plan, registers)
    rows = [row for row in sample.rows if row[0] > sample.header]
    return rows, [draft for row in rows if (draft := drafter.draft(row))]


def _row(draft: Draft, decision: Decision) -> PreviewRow:
    return PreviewRow(
        row=draft.row,
        action=decision.action,
        values=draft.values,
        phones=[phone["e164"] or phone["raw"] for phone in draft.phones],
        changed=decision.changed,
        reason=decision.reason,
        contact_id=decision.contact_id,
    )

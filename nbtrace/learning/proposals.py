"""One imported image → rules for what the daemons of its site say.

A rule says: who is spoken of so has come as far as this step. It must hold for every image of the bundle, and most of
all for those that did *not* come so far. What images alone do not decide is proposed with its choices, for a person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.flows.sayings import rule_name
from nbtrace.grammar.columns import matches
from nbtrace.grammar.lowering import lower
from nbtrace.learning.bodies import TERMINALS, body
from nbtrace.learning.order import possible, with_clocks
from nbtrace.learning.shapes import with_shapes
from nbtrace.tables import PROPOSALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrace.flows import Flow

__all__ = ["propose"]

_IMAGES: Final = 2000  # imported ones, and as many that are not
_MOST: Final = 200  # shapes of one image; a person reads the rules
_USUAL: Final = 0.8  # I: what fewer of the images that passed a step show, is no sign of it
_ATTEMPT: Final = ("image_id", "attempt")
_SHAPE: Final = ("daemon", "shape")
_NOT_PASSED: Final = pl.col("state").is_in(["failed", "overdue", "unreached", "waiting"])


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a shape may show: one step for sure, or several; ``reason`` says why it is not sure."""

    steps: tuple[int, ...]
    reason: str = ""
    done: bool = False


def propose(
    evidence: pl.DataFrame, steps: pl.DataFrame, logs: pl.DataFrame, flow: Flow, *, image_id: str, names: Sequence[str]
) -> pl.DataFrame:
    """Return the table ``proposals``, in the order in which the image's messages come.

    Args:
        evidence: the table of that name, of the whole bundle: other images say what the one alone does not.
        steps: the table of that name.
        logs: the table of that name; times of hosts with an assumed zone are compared with each other only.
        flow: the process flow.
        image_id: an image that was imported.
        names: what names of the site look like, see ``shapes.names_of``.
    """
    rows = with_clocks(with_shapes(_some(evidence, steps, image_id), names), logs)
    last = len(flow.step)
    well = steps.filter((pl.col("step") == last) & (pl.col("state") == "done")).select(*_ATTEMPT).unique()
    learnt = _of(well, rows, flow).filter(_worth(last))
    own = learnt.filter((pl.col("image_id") == image_id) & pl.col("shape").is_not_null()).sort("time", "path", "line")
    shapes = own.group_by(*_SHAPE, maintain_order=True).agg(
        step=pl.col("step").first(),
        finished=(pl.col("outcome") == "done").all(),
        **{name: pl.col(name).first() for name in ("path", "line", "message", "kinds")},
    )
    said = rows.join(shapes.select(*_SHAPE), on=_SHAPE, how="semi")
    notes = _Notes(rows, said, steps, well, flow)
    allowed = possible(_of(well, said, flow), rows, flow)
    kept = []
    for shape in shapes.head(_MOST).iter_rows(named=True):
        choice = notes.choose(shape, allowed.get((shape["daemon"], shape["shape"]), ()))
        if choice is not None:
            kept.append(_proven(_proposal(shape, choice, said, flow), rows, notes.stopped))
    return PROPOSALS.check(pl.DataFrame(_numbered(kept), schema=dict(PROPOSALS.schema), orient="row"))


def _some(evidence: pl.DataFrame, steps: pl.DataFrame, image_id: str) -> pl.DataFrame:
    """Return what is said of the image and of many others, imported or not: more of them tell nothing new."""
    images = steps.group_by("image_id", maintain_order=True).agg(stopped=_NOT_PASSED.any())
    some = images.group_by("stopped", maintain_order=True).head(_IMAGES)["image_id"]
    return evidence.filter(pl.col("image_id").is_in(some.implode()) | (pl.col("image_id") == image_id))


def _of(well: pl.DataFrame, rows: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return what is said of imported images: in the attempt that imported them, or before there was a job."""
    images = well.group_by("image_id").agg(good=pl.col("attempt"))
    mine = rows.join(images, on="image_id", how="inner", maintain_order="left")
    return mine.filter(pl.col("attempt").is_in(pl.col("good")) | (pl.col("step") < flow.first_job_step)).drop("good")


def _worth(last: int) -> pl.Expr:
    """Tell which records of imported images a rule would help: known weakly or not at all, or not to be the end."""
    vague = (pl.col("strength") == "weak") | pl.col("step").is_null()
    unfinished = (pl.col("step") == last) & (pl.col("strength") == "strong") & (pl.col("outcome") == "progress")
    fine = ~pl.col("outcome").is_in(["failed", "retry"]) & (pl.col("status_code").fill_null(0) == 0)
    return (vague | unfinished) & fine


class _Notes:
    """What the images of a bundle tell of the shapes: which were said where, and which images stopped."""

    def __init__(
        self, rows: pl.DataFrame, said: pl.DataFrame, steps: pl.DataFrame, well: pl.DataFrame, flow: Flow
    ) -> None:
        self._flow = flow
        self.stopped = steps.filter(_NOT_PASSED).select(
            *_ATTEMPT, passed_not=pl.col("step"), stop=pl.col("step").min().over(*_ATTEMPT)
        )
        spoke = rows.select("daemon", *_ATTEMPT).unique()
        against = said.select(*_SHAPE, *_ATTEMPT).unique().join(self.stopped, on=_ATTEMPT)
        silent = spoke.join(self.stopped, on=_ATTEMPT).join(said.select(*_SHAPE).unique(), on="daemon")
        silent = silent.join(said.select(*_SHAPE, *_ATTEMPT).unique(), on=[*_SHAPE, *_ATTEMPT], how="anti")
        self._against = _pairs(against, "passed_not")
        self._silent = _pairs(silent, "stop")
        certain = (pl.col("strength") == "strong") & ~pl.col("outcome").is_in(["failed", "retry"])
        self._shown = set(rows.filter(certain).select("daemon", "step").iter_rows())
        bad = said.filter(pl.col("outcome").is_in(["failed", "retry"]))
        self._failing = set(bad.select(*_SHAPE).iter_rows())
        of_imported = _of(well, rows, flow)
        imported = of_imported.group_by("daemon").agg(all=pl.col("image_id").n_unique())
        usual = _of(well, said, flow).group_by(*_SHAPE).agg(some=pl.col("image_id").n_unique())
        usual = usual.join(imported, on="daemon").filter(pl.col("some") >= _USUAL * pl.col("all"))
        self._usual = set(usual.select(*_SHAPE).iter_rows())
        spoken = of_imported.filter(pl.col("strength").ne_missing("record"))
        ends = spoken.sort("time", "path", "line").group_by("daemon", *_ATTEMPT, maintain_order=True).last()
        often = spoken.group_by(*_SHAPE).agg(all=pl.struct(*_ATTEMPT).n_unique())
        closing = ends.group_by(*_SHAPE).len().join(often, on=_SHAPE)
        self._closing = set(closing.filter(pl.col("len") >= _USUAL * pl.col("all")).select(*_SHAPE).iter_rows())

    def choose(self, shape: Mapping[str, Any], allowed: Sequence[int]) -> _Choice | None:
        """Return what the shape shows, as far as all images of the bundle agree; ``None`` for no step at all."""
        key, last = (shape["daemon"], shape["shape"]), len(self._flow.step)
        taken: int | None = shape["step"]
        left = [step for step in allowed if (*key, step) not in self._against]
        if key in self._failing or not left:
            return _Choice((), "it is said as well of images that stopped there") if allowed else None
        top = max(left)
        if key in self._usual and self._apart(key, left, finished=shape["finished"]):
            if top not in {taken, last} and (shape["daemon"], top) in self._shown:
                return _Choice(tuple(step for step in allowed if step >= top), "an earlier message shows this step")
            self._shown.add((shape["daemon"], top))
            return _Choice((top,), done=top == last and not shape["finished"])
        closes = key in self._closing and shape["daemon"] in self._flow.step[top - 1].witnesses
        if top == taken and top != last and (len(left) == 1 or closes):
            return _Choice((top,))
        if taken == last:
            return None  # its step is known; whether it is the end is not
        doubted = [step for step in self._flow.step if step.number in left and taken != step.number != last]
        if taken == min(left) and key not in self._closing and all(key[0] not in step.also for step in doubted):
            return _Choice((taken,))  # it has come as far as this at least, and nothing else hangs on it
        return _Choice(tuple(left), "no image of this bundle that stopped there tells it apart")

    def _apart(self, key: tuple[str, str], left: Sequence[int], *, finished: bool) -> bool:
        """Tell whether images that stopped between the last two steps left, and of which the daemon spoke, lack the shape.

        That a step is complete is learnt from images only that stopped at that very step, or from a status of 0.
        """
        top, last = max(left), len(self._flow.step)
        low = max((step for step in left if step < top), default=top - 2)
        if top == last and not finished:
            low = last - 1
        return any((*key, stop) in self._silent for stop in range(low + 1, top + 1))


def _pairs(frame: pl.DataFrame, step: str) -> set[tuple[str, str, int]]:
    return set(frame.select(*_SHAPE, step).unique().iter_rows())


def _proposal(shape: Mapping[str, Any], choice: _Choice, said: pl.DataFrame, flow: Flow) -> dict[str, Any]:
    """Return one row of the table, still without a number in its name."""
    same = said.filter((pl.col("daemon") == shape["daemon"]) & (pl.col("shape") == shape["shape"]))
    sayings = [rule_name(shape["daemon"], flow.step[step - 1].name, done=choice.done) for step in choice.steps]
    return {
        "rule": sayings[0] if not choice.reason else "",
        "choices": sayings if choice.reason else [],
        "reason": choice.reason,
        "step": choice.steps[0] if not choice.reason else None,
        "body": body(shape["kinds"], same["pieces"]),
        "lines": same.select(pl.struct("path", "line").n_unique()).item(),
        "images": same["image_id"].n_unique(),
        **{name: shape[name] for name in ("daemon", "shape", "path", "line", "message")},
    }


def _proven(row: dict[str, Any], rows: pl.DataFrame, stopped: pl.DataFrame) -> dict[str, Any]:
    """Return the proposal as it is, or as one that is not sure, where its rule takes messages that it must not take."""
    pattern = lower(f"start: {row['body']}\n{TERMINALS}", file="learnt")
    taken = rows.filter((pl.col("daemon") == row["daemon"]) & pl.any_horizontal(matches(pl.col("message"), [pattern])))
    failing = taken["outcome"].is_in(["failed", "retry"]).any()
    there = stopped.filter(pl.col("passed_not").eq_missing(row["step"]))
    if row["rule"] and (failing or taken.join(there, on=_ATTEMPT, how="semi").height):
        reason = "what differs in it from other messages is a name or a number only"
        return row | {"choices": [row["rule"]], "rule": "", "step": None, "reason": reason}
    return row


def _numbered(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the proposals with names that are all different; those that are sure are named first."""
    seen: Counter[str] = Counter()
    named: dict[int, dict[str, Any]] = {}
    for place, row in sorted(enumerate(rows), key=lambda item: not item[1]["rule"]):
        names = [row["rule"]] if row["rule"] else row["choices"]
        seen.update(names)
        told = [name if seen[name] == 1 else f"{name}_{seen[name]}" for name in names]
        named[place] = row | ({"rule": told[0]} if row["rule"] else {"choices": told})
    return [named[place] for place in range(len(rows))]

"""The crowd of the demo: recorded answers of real people, or made-up ones of the same form."""

import csv
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

SEED = 1770
YES = "yes"
NO = "no"
CONTROL_EVERY = 9
SIMULATED_ITEMS = 108
SIMULATED_WORKERS = 39
_LABELS = {"1": YES, "0": NO}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one worker said of one item."""

    item: int
    worker: int
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """All answers, in the order in which they will be given, and what is true of each item."""

    is_recorded: bool
    answers: tuple[Answer, ...]
    truth: Mapping[int, str]

    @property
    def items(self) -> list[int]:
        """The items, in order."""
        return sorted({answer.item for answer in self.answers})

    @property
    def workers(self) -> list[int]:
        """The workers, in order."""
        return sorted({answer.worker for answer in self.answers})

    def about(self, count: int) -> "Crowd":
        """The part of the crowd's answers that is about the first `count` items."""
        wanted = set(self.items[:count])
        return replace(
            self, answers=tuple(answer for answer in self.answers if answer.item in wanted)
        )


def load(folder: Path) -> Crowd:
    """The recorded answers in a folder; a simulated crowd when there is no such folder."""
    if not folder.is_dir():
        return simulated()
    answers = [
        Answer(item=int(row["task"]), worker=int(row["worker"]), label=_LABELS[row["label"]])
        for row in _rows(folder / "labels.csv")
    ]
    truth = {int(row["task"]): _LABELS[row["label"]] for row in _rows(folder / "truth.csv")}
    return Crowd(is_recorded=True, answers=_shuffled(answers), truth=truth)


def simulated() -> Crowd:
    """A made-up crowd, the same each time: workers of different skill, items of every hardness."""
    source = random.Random(SEED)  # noqa: S311 - made-up answers, no secrets
    truth = {item: source.choice((YES, NO)) for item in range(SIMULATED_ITEMS)}
    # Below zero the item misleads: the better somebody looks, the surer the wrong answer.
    clarity = {item: source.uniform(-0.4, 1) for item in truth}
    skill = [source.uniform(0.2, 1) for _ in range(SIMULATED_WORKERS)]
    answers = []
    for item, right in truth.items():
        wrong = NO if right == YES else YES
        for worker in range(SIMULATED_WORKERS):
            is_right = source.random() < (1 + skill[worker] * clarity[item]) / 2
            answers.append(Answer(item=item, worker=worker, label=right if is_right else wrong))
    return Crowd(is_recorded=False, answers=_shuffled(answers), truth=truth)


def is_control(item: int) -> bool:
    """Whether the requester knows the answer beforehand and checks workers by it."""
    return item % CONTROL_EVERY == 0


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _shuffled(answers: list[Answer]) -> tuple[Answer, ...]:
    # The order of the files says nothing; real answers come in every which way.
    random.Random(SEED).shuffle(answers)  # noqa: S311 - an order, no secret
    return tuple(answers)

"""The figures of the demo, worked out from what the requester read back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kempelen.demo.requester import KNOWN_ANSWERS, PLURALITY, REWARD, Balance, ReviewedHIT
from kempelen.demo.server import PREPAID
from kempelen.domain import money

BAND_WIDTH = 10
SCORE_MAX = 100
COSTLIEST = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """HITs with similar agreement, and in how many of them the agreed answer is right."""

    lowest: int
    highest: int
    hits: int
    right: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What became of the work on some HITs."""

    policy: str
    hits: int
    approved: int
    rejected: int
    waiting: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """A HIT whose workers agreed on something else than the truth, and what that cost."""

    hit: ReviewedHIT
    truth: str
    votes: Counter[str]
    paid: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Money:
    """Where the requester's money is, in money units."""

    paid: int
    on_hold: int
    available: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.paid + self.on_hold + self.available


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Everything that the tables show."""

    hits: int
    reviewable: int
    agreed: int
    bands: tuple[Band, ...]
    decided: tuple[Decided, ...]
    total: Decided
    money: Money
    costliest: tuple[Disagreement, ...]
    doubts: tuple[str, ...]

    @property
    def right(self) -> int:
        """How many agreed answers are right."""
        return sum(band.right for band in self.bands)


def of(
    hits: Sequence[ReviewedHIT],
    truth: Mapping[int, str],
    balance: Balance,
    *,
    reviewable: int,
    held_elsewhere: int,
) -> Figures:
    """Work out the figures; `doubts` names every one that does not fit the others."""
    agreed = [hit for hit in hits if hit.agreed_answer is not None]
    known = [hit for hit in hits if hit.actions[KNOWN_ANSWERS, "review"]]
    others = [hit for hit in hits if hit not in known]
    decided = (_decided(KNOWN_ANSWERS, known), _decided(PLURALITY, others))
    total = _decided("", hits)
    reward = money.parse(REWARD)
    purse = Money(
        paid=total.approved * reward, on_hold=balance.on_hold, available=balance.available
    )
    doubts = list(_doubts(hits, decided, purse, total.waiting * reward + held_elsewhere))
    if reviewable != len(hits):
        doubts.append(f"{reviewable} of {len(hits)} HITs are reviewable")
    return Figures(
        hits=len(hits),
        reviewable=reviewable,
        agreed=len(agreed),
        bands=tuple(_bands(agreed, truth)),
        decided=decided,
        total=total,
        money=purse,
        costliest=_costliest(agreed, truth, reward),
        doubts=tuple(doubts),
    )


def _bands(agreed: Iterable[ReviewedHIT], truth: Mapping[int, str]) -> Iterable[Band]:
    """Tens of agreement, those that occur; full agreement belongs to the nineties."""
    by_band: dict[int, list[ReviewedHIT]] = {}
    for hit in agreed:
        lowest = min(hit.agreement_score, SCORE_MAX - 1) // BAND_WIDTH * BAND_WIDTH
        by_band.setdefault(lowest, []).append(hit)
    for lowest, members in sorted(by_band.items(), reverse=True):
        highest = lowest + BAND_WIDTH - 1
        yield Band(
            lowest=lowest,
            highest=SCORE_MAX if highest == SCORE_MAX - 1 else highest,
            hits=len(members),
            right=sum(hit.agreed_answer == truth[hit.item] for hit in members),
        )


def _decided(policy: str, hits: Sequence[ReviewedHIT]) -> Decided:
    statuses = Counter(work.status for hit in hits for work in hit.work)
    return Decided(
        policy=policy,
        hits=len(hits),
        approved=statuses["Approved"],
        rejected=statuses["Rejected"],
        waiting=statuses["Submitted"],
    )


def _costliest(
    agreed: Iterable[ReviewedHIT], truth: Mapping[int, str], reward: int
) -> tuple[Disagreement, ...]:
    found = []
    for hit in agreed:
        right = truth[hit.item]
        wrong = sum(work.status == "Approved" and work.answer != right for work in hit.work)
        if hit.agreed_answer != right and wrong:
            votes = Counter(work.answer for work in hit.work)
            found.append(Disagreement(hit=hit, truth=right, votes=votes, paid=wrong * reward))
    found.sort(key=lambda item: (-item.paid, item.hit.item))
    return tuple(found[:COSTLIEST])


def _doubts(
    hits: Sequence[ReviewedHIT], decided: Sequence[Decided], purse: Money, expected_hold: int
) -> Iterable[str]:
    """What does not add up: the ledger, the holds, and decisions against the policies' actions."""
    if purse.total != money.parse(PREPAID):
        yield f"paid, on hold and available are ${money.show(purse.total)}, not ${PREPAID}"
    if purse.on_hold != expected_hold:
        shown = money.show(expected_hold)
        yield f"${money.show(purse.on_hold)} is on hold for work worth ${shown}"
    actions: Counter[tuple[str, str]] = Counter()
    for hit in hits:
        actions.update(hit.actions)
    for group in decided:
        for name, count in (("approve", group.approved), ("reject", group.rejected)):
            done = actions[group.policy, name]
            if done != count:
                yield f"{group.policy} reports {done} times {name}, but {count} assignments show it"

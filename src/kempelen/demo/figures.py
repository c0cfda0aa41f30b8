"""The figures of the demo, worked out from what the requester read back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kempelen.demo.requester import KNOWN_ANSWERS, PLURALITY, REWARD, Balance, ReviewedHIT
from kempelen.demo.second_look import SecondLook
from kempelen.demo.server import PREPAID
from kempelen.domain import money

BAND_WIDTH = 10
SCORE_MAX = 100
COSTLIEST = 3
NOT_QUALIFIED = "NOT_QUALIFIED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """HITs with similar agreement, and in how many of them the agreed answer is right."""

    lowest: int
    highest: int
    hits: int
    right: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What became of the work on some HITs; `note` says which."""

    policy: str
    note: str
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
class Again:
    """What a second look changed: right answers of the same items before and after.

    `qualified` of `workers` may take part; `turned` are items whose agreed answer changed.
    """

    items: int
    qualified: int
    workers: int
    right_before: int
    right_after: int
    turned: int
    refusal: str
    notified: int


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
    again: Again
    doubts: tuple[str, ...]

    @property
    def right(self) -> int:
        """How many agreed answers are right."""
        return sum(band.right for band in self.bands)


def of(
    hits: Sequence[ReviewedHIT],
    second: SecondLook,
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
    groups = (
        (KNOWN_ANSWERS, "control HITs", known),
        (PLURALITY, "agreement", others),
        (PLURALITY, "second look", second.after),
    )
    decided = tuple(_decided(*group) for group in groups)
    total = _decided("", "", (*hits, *second.after))
    reward = money.parse(REWARD)
    purse = Money(
        paid=total.approved * reward, on_hold=balance.on_hold, available=balance.available
    )
    again = _again(second, truth)
    doubts = [
        *_money_doubts(purse, total.waiting * reward + held_elsewhere),
        *(
            doubt
            for (_, _, members), found in zip(groups, decided, strict=True)
            for doubt in _action_doubts(members, found)
        ),
    ]
    if reviewable != len(hits):
        doubts.append(f"{reviewable} of {len(hits)} HITs are reviewable")
    if again.notified != again.items:
        doubts.append(f"{again.notified} of {again.items} notifications arrived")
    if again.refusal != NOT_QUALIFIED:
        doubts.append(f"a worker without the Qualification was answered '{again.refusal}'")
    return Figures(
        hits=len(hits),
        reviewable=reviewable,
        agreed=len(agreed),
        bands=tuple(_bands(agreed, truth)),
        decided=decided,
        total=total,
        money=purse,
        costliest=_costliest(agreed, truth, reward),
        again=again,
        doubts=tuple(doubts),
    )


def _again(second: SecondLook, truth: Mapping[int, str]) -> Again:
    pairs = list(zip(second.before, second.after, strict=True))
    return Again(
        items=len(pairs),
        qualified=len(second.knowing.worker_ids),
        workers=len(second.knowing.scores),
        right_before=sum(before.agreed_answer == truth[before.item] for before, _ in pairs),
        right_after=sum(after.agreed_answer == truth[after.item] for _, after in pairs),
        turned=sum(before.agreed_answer != after.agreed_answer for before, after in pairs),
        refusal=second.refusal,
        notified=second.notified,
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


def _decided(policy: str, note: str, hits: Sequence[ReviewedHIT]) -> Decided:
    statuses = Counter(work.status for hit in hits for work in hit.work)
    return Decided(
        policy=policy,
        note=note,
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


def _money_doubts(purse: Money, expected_hold: int) -> Iterable[str]:
    """What does not add up about the ledger and the holds."""
    if purse.total != money.parse(PREPAID):
        yield f"paid, on hold and available are ${money.show(purse.total)}, not ${PREPAID}"
    if purse.on_hold != expected_hold:
        shown = money.show(expected_hold)
        yield f"${money.show(purse.on_hold)} is on hold for work worth ${shown}"


def _action_doubts(hits: Iterable[ReviewedHIT], decided: Decided) -> Iterable[str]:
    """Where the decisions differ from the actions that the policy reports."""
    actions: Counter[tuple[str, str]] = Counter()
    for hit in hits:
        actions.update(hit.actions)
    for name, count in (("approve", decided.approved), ("reject", decided.rejected)):
        done = actions[decided.policy, name]
        if done != count:
            yield f"{decided.policy} reports {done} times {name}, but {count} assignments show it"

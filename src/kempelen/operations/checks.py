"""The invariants of docs/reference/invariants.md over a whole database: `kempelen check`.

Each check streams through its rows in one snapshot and keeps little in memory: at most a number
for each account of the ledger. It changes nothing, and believes nothing that is kept for speed.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from kempelen.clock import micros
from kempelen.domain import ledger
from kempelen.domain.assignment import SUBMITTED_STATES, AssignmentStatus
from kempelen.domain.hit import HIT
from kempelen.domain.people import BillingMode
from kempelen.operations import payments
from kempelen.store import checks
from kempelen.store.checks import Stretch
from kempelen.store.tx import Tx

NAMED_MAX = 20

Say = Callable[[str], None]


@dataclass(kw_only=True, slots=True)
class Checked:
    """One invariant, how many rows were looked at, and what breaks it; the first are named."""

    id: str
    statement: str
    rows: int = 0
    breaches: int = 0
    named: list[str] = field(default_factory=list)

    def look(self, *, is_broken: bool, what: str) -> None:
        """Count a row, and name it when it breaks the rule."""
        self.rows += 1
        if is_broken:
            self.note(what)

    def note(self, what: str) -> None:
        """Count a breach."""
        self.breaches += 1
        if len(self.named) < NAMED_MAX:
            self.named.append(what)


def check(tx: Tx, say: Say) -> list[Checked]:
    """Check everything; `say` is told what is being looked at."""
    return [
        *_ledger(tx, say),
        *_hits(tx, say),
        *_assignments(tx, say),
        _groups(tx, say),
        _workers(tx, say),
    ]


def _ledger(tx: Tx, say: Say) -> list[Checked]:
    """M1, M2, M3: transfers and balances."""
    say("the ledger")
    sums: Counter[str] = Counter()
    m1 = Checked(id="M1", statement="each transfer moves an amount between two accounts")
    for _, source, target, amount, transfer_id in checks.transfers(tx):
        m1.look(
            is_broken=amount <= 0 or source == target,
            what=f"transfer {transfer_id}: {amount} from {source} to {target}",
        )
        sums[source] -= amount
        sums[target] += amount
    m2 = Checked(id="M2", statement="each balance is the sum of its transfers; they sum to zero")
    m3 = Checked(id="M3", statement="no prepaid requester owes anything")
    prepaid = {
        ledger.available(requester_id)
        for _, requester_id, mode in checks.requesters(tx)
        if mode == BillingMode.PREPAID
    }
    total = 0
    for account_id, balance in checks.accounts(tx):
        wanted = sums.pop(account_id, 0)
        total += balance
        m2.look(
            is_broken=balance != wanted,
            what=f"account {account_id}: balance {balance}, transfers {wanted}",
        )
        if account_id in prepaid:
            m3.look(is_broken=balance < 0, what=f"account {account_id}: {balance}")
    for account_id, wanted in sorted(sums.items()):
        m2.look(is_broken=True, what=f"account {account_id}: missing, transfers {wanted}")
    m2.look(is_broken=total != 0, what=f"all accounts together: {total}")
    return [m1, m2, m3]


class _OfHits:
    """The checks that walk through the HITs."""

    def __init__(self) -> None:
        self.m4 = Checked(id="M4", statement="what is on hold for a HIT is what its slots cost")
        self.m5 = Checked(id="M5", statement="approved work is paid once, other work is not")
        self.a1 = Checked(id="A1", statement="a HIT has no more work than MaxAssignments")
        self.h1 = Checked(id="H1", statement="counters and status of a HIT are what its work says")
        self.t1 = Checked(id="T1", statement="nothing is due before its HIT is looked at")
        self.r1 = Checked(id="R1", statement="each policy ran once for each of its triggers")

    def all(self) -> list[Checked]:
        return [self.m4, self.m5, self.a1, self.h1, self.t1, self.r1]


def _hits(tx: Tx, say: Say) -> list[Checked]:
    """M4, M5, A1, H1, T1, R1: HITs with their money, work and reviews."""
    found = _OfHits()
    last = max(checks.last_hit(tx), 1)
    after = 0
    while hits := checks.every_hit(tx, after):
        say(f"HITs, {100 * after // last} %")
        stretch = Stretch(after=after, last=hits[-1].n)
        _stretch(tx, hits, stretch, found)
        after = stretch.last
    return found.all()


def _stretch(tx: Tx, hits: list[HIT], stretch: Stretch, found: _OfHits) -> None:
    working = checks.working(tx, stretch)
    done: dict[str, Counter[str]] = {}
    due: dict[str, int] = {hit_id: at for hit_id, (_, at) in working.items()}
    for hit_id, status, number, at in checks.done(tx, stretch):
        done.setdefault(hit_id, Counter())[status] = number
        if at is not None:
            due[hit_id] = min(at, due.get(hit_id, at))
    held = {} if tx.settings.sandbox else checks.held(tx, stretch)
    runs = checks.runs(tx, stretch)
    for hit in hits:
        counted = done.get(hit.hit_id, Counter())
        pending = working.get(hit.hit_id, (0, 0))[0]
        _counters(tx, hit, pending, counted, found)
        _due(hit, due.get(hit.hit_id), found)
        if not tx.settings.sandbox:
            wanted = hit.slots_on_hold * payments.cost_of(tx, hit)
            kept = held.get(hit.hit_id, 0)
            found.m4.look(
                is_broken=kept != wanted, what=f"HIT {hit.hit_id}: {kept} on hold, not {wanted}"
            )
        if hit.hit_policy is not None:
            ran = runs.get(hit.hit_id, 0)
            found.r1.look(
                is_broken=ran != hit.hit_runs,
                what=f"HIT {hit.hit_id}: {ran} runs of its policy, not {hit.hit_runs}",
            )
        if hit.assignment_policy is not None:
            found.r1.rows += counted.total()
        found.m5.rows += counted.total()
    for assignment_id in checks.not_reviewed(tx, stretch):
        found.r1.note(f"assignment {assignment_id}: its HIT's policy never ran")
    if not tx.settings.sandbox:
        for assignment_id in checks.wrongly_paid(tx, stretch):
            found.m5.note(f"assignment {assignment_id}: reward or fee is wrong")


def _counters(tx: Tx, hit: HIT, pending: int, counted: Counter[str], found: _OfHits) -> None:
    kept = (hit.pending, hit.submitted, hit.approved, hit.rejected)
    seen = (pending, *(counted[status] for status in SUBMITTED_STATES))
    found.a1.look(
        is_broken=sum(seen) > hit.max_assignments,
        what=f"HIT {hit.hit_id}: {sum(seen)} of {hit.max_assignments} assignments",
    )
    # Until its expiry is carried out, a HIT keeps the status it had.
    is_settled = hit.next_due > tx.now
    status = hit.status(tx.now)
    is_wrong = is_settled and hit.recorded_status is not status
    found.h1.look(
        is_broken=kept != seen or is_wrong,
        what=f"HIT {hit.hit_id}: {hit.recorded_status} {kept}, not {status} {seen}",
    )


def _due(hit: HIT, at: int | None, found: _OfHits) -> None:
    if hit.is_disposed:
        return
    bounds = [at] if at is not None else []
    if not hit.is_expired:
        bounds.append(micros(hit.expiration))
    looked_at = micros(hit.next_due)
    found.t1.look(
        is_broken=bool(bounds) and looked_at > min(bounds),
        what=f"HIT {hit.hit_id}: next looked at {looked_at}, due {min(bounds, default=0)}",
    )


_INSTANTS = ("submitted", "approved", "rejected", "ended")
_WANTED: dict[str, tuple[set[str], set[str]]] = {
    AssignmentStatus.ACCEPTED: (set(), set()),
    AssignmentStatus.RETURNED: ({"ended"}, set()),
    AssignmentStatus.ABANDONED: ({"ended"}, set()),
    AssignmentStatus.SUBMITTED: ({"submitted"}, set()),
    AssignmentStatus.APPROVED: ({"submitted", "approved"}, {"rejected"}),
    AssignmentStatus.REJECTED: ({"submitted", "rejected"}, set()),
}
"""Status -> the instants that it must have, and those that it may have besides."""


def _assignments(tx: Tx, say: Say) -> list[Checked]:
    """A3, A4: answers and instants of assignments."""
    a3 = Checked(id="A3", statement="each submitted answer is the one that was acknowledged")
    a4 = Checked(id="A4", statement="each assignment has the times that its status calls for")
    for row in checks.every_assignment(tx):
        n, assignment_id, status, *instants, digest, document = row
        if n % 10_000 == 0:
            say(f"assignment {n:,}")
        there = {name for name, at in zip(_INSTANTS, instants, strict=True) if at is not None}
        needed, allowed = _WANTED.get(status, (set(), set()))
        a4.look(
            is_broken=status not in _WANTED or not needed <= there <= needed | allowed,
            what=f"assignment {assignment_id}: {status} with {sorted(there)}",
        )
        is_submitted = status in SUBMITTED_STATES
        if is_submitted or document is not None:
            seen = None if document is None else sha256(document.encode()).hexdigest()
            a3.look(
                is_broken=not is_submitted or seen != digest,
                what=f"assignment {assignment_id}: answer {seen}, receipt {digest}",
            )
    return [a3, a4]


def _groups(tx: Tx, say: Say) -> Checked:
    """G1: the number of open HITs of a group, which workers see."""
    say("HIT groups")
    g1 = Checked(id="G1", statement="each group counts its Assignable HITs")
    for group_id, kept, counted in _paired(checks.groups(tx), checks.open_groups(tx)):
        g1.look(is_broken=kept != counted, what=f"group {group_id}: counts {kept}, not {counted}")
    return g1


def _paired(
    first: Iterator[tuple[str, int]], second: Iterator[tuple[str, int]]
) -> Iterator[tuple[str, int, int]]:
    """Two streams that are in order of their keys, side by side; what is missing counts as 0."""
    left, right = next(first, None), next(second, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            if left is not None:
                yield left[0], left[1], 0
            left = next(first, None)
        elif left is None or right[0] < left[0]:
            yield right[0], 0, right[1]
            right = next(second, None)
        else:
            yield left[0], left[1], right[1]
            left, right = next(first, None), next(second, None)


def _workers(tx: Tx, say: Say) -> Checked:
    """W1: the statistics of workers, by which requirements are judged."""
    say("workers")
    w1 = Checked(id="W1", statement="the statistics of a worker are what the work says")
    for worker_id, kept, counted in checks.workers(tx):
        w1.look(is_broken=kept != counted, what=f"worker {worker_id}: {kept}, not {counted}")
    return w1

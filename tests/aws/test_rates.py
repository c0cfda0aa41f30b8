"""How often a requester may call: buckets that fill again, one for readings, one for writings."""

from kempelen.edges.aws import rates
from kempelen.edges.aws.rates import Rates


def test_a_bucket_empties_and_fills_again() -> None:
    """Each requester has its own, and what is written is counted apart from what is read."""
    now = [100.0]
    found = Rates(clock=lambda: now[0])
    admitted = [found.admits("A", writes=True) for _ in range(rates.WRITINGS_PER_SECOND + 1)]
    assert admitted == [True] * rates.WRITINGS_PER_SECOND + [False]
    assert found.admits("A", writes=False)
    assert found.admits("B", writes=True)
    now[0] += 0.04
    assert not found.admits("A", writes=True)
    now[0] += 0.02
    assert found.admits("A", writes=True)
    assert not found.admits("A", writes=True)
    now[0] += 3600
    admitted = [found.admits("A", writes=True) for _ in range(rates.WRITINGS_PER_SECOND + 1)]
    assert admitted.count(True) == rates.WRITINGS_PER_SECOND


def test_many_requests_in_one_call_are_a_debt() -> None:
    """The call is answered, and the next ones wait until it is paid."""
    now = [0.0]
    found = Rates(clock=lambda: now[0])
    assert found.admits("A", writes=False, number=100)
    now[0] = 1.0
    assert not found.admits("A", writes=False)
    now[0] = 1.03
    assert found.admits("A", writes=False)

"""What a worker finds: the list of groups, one group, a HIT in preview, the next HIT to accept."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from kempelen.api.work import (
    GetHitGroupRequest,
    GetHitGroupResponse,
    HitGroup,
    ListHitGroupsRequest,
    ListHitGroupsResponse,
    PreviewHitRequest,
    PreviewHitResponse,
    Task,
)
from kempelen.domain import errors, money, requirement, work_errors
from kempelen.domain.hit import HIT, HITStatus
from kempelen.domain.hit_type import HITType
from kempelen.domain.people import Worker, WorkerCaller, WorkerClass
from kempelen.domain.question import QuestionKind
from kempelen.domain.requirement import Standing
from kempelen.formats import question, question_kind
from kempelen.operations import paging, present_work, requirement_steps, standings
from kempelen.operations.paging import Walk
from kempelen.operations.registry import Scope, operation
from kempelen.store import blocks, hit_types, hits, search
from kempelen.store.search import GroupRow
from kempelen.store.tx import Overtaken, Tx

PAGE_SIZE_MAX = 100
WINDOW = 16
ANY_CLASS = "any"
_DECIMAL = re.compile(r"[0-9]{1,7}(\.[0-9]{1,4})?")
_TERM = re.compile(r'"([^"]+)"|(\S+)')


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A group that the worker may see, with the number of HITs open to the worker."""

    row: GroupRow
    hit_type: HITType
    available: int


_SortKey = Callable[[Found], tuple[int, str]]


def _by(value: Callable[[Found], int]) -> _SortKey:
    return lambda found: (value(found), found.row.group_id)


_SORTS: dict[str, tuple[_SortKey, bool]] = {
    "updated": (_by(lambda found: int(found.row.last_created_at.timestamp())), False),
    "reward": (_by(lambda found: found.hit_type.properties.reward), False),
    "num_hits": (_by(lambda found: found.available), False),
}
SORTS = tuple(f"{name}_{order}" for name in _SORTS for order in ("desc", "asc"))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Filters:
    """What a list is limited to; `search` is what was typed, `terms` its folded words."""

    search: str
    terms: tuple[str, ...]
    found_group_id: str | None
    keyword: str
    requester_id: str | None
    min_reward: int
    only_qualified: bool


@operation(writes=False, scope=Scope.SCAN)
def list_hit_groups(
    tx: Tx, caller: WorkerCaller, request: ListHitGroupsRequest
) -> ListHitGroupsResponse:
    """List the groups with open HITs that the worker may see.

    A worker never learns of groups that a DiscoverPreviewAndAccept requirement hides, or whose
    requester has blocked the worker.
    `search` looks for every word and quoted phrase in title, description, keywords and requester
    name, without regard to case and accents; an id of a group, HIT type, HIT or requester finds
    exactly that. Refusals, in order: InvalidParameterValue for `sort`, `limit`, `min_reward` and
    `cursor`.
    """
    if request.sort not in SORTS:
        raise errors.InvalidParameterValue(value=request.sort, name="sort")
    if not 1 <= request.limit <= PAGE_SIZE_MAX:
        raise errors.InvalidParameterValue(value=request.limit, name="limit")
    filters = _filters(tx, request)
    walk = Walk(
        operation="ListHitGroups",
        caller_id=caller.worker.worker_id,
        filters=repr((filters, request.sort)),
    )
    position = paging.position(tx, walk, request.cursor, name="cursor")
    standing = standings.of(tx, caller.worker)
    visible = list(_visible(tx, standing))
    wanted = [found for found in visible if _matches(found, standing, filters)]
    sort, _, order = request.sort.rpartition("_")
    key, _ = _SORTS[sort]
    wanted.sort(key=key, reverse=order == "desc")
    rest = (
        wanted
        if position is None
        else [
            found for found in wanted if _is_after(key(found), position, descending=order == "desc")
        ]
    )
    rest = rest[max(0, request.skip) :]
    page = rest[: request.limit]
    has_more = len(rest) > len(page)
    return ListHitGroupsResponse(
        items=_shown(tx, caller, standing, page),
        next_cursor=paging.token(tx, walk, key(page[-1])) if has_more else None,
        total=len(wanted),
        hidden=len(visible) - len(wanted),
    )


def _is_after(key: tuple[int, str], position: list[int | str], *, descending: bool) -> bool:
    last = (int(position[0]), str(position[1]))
    return key < last if descending else key > last


def _visible(tx: Tx, standing: Standing) -> Iterable[Found]:
    """Groups with HITs open to the worker, of which the worker may know."""
    worker_id = standing.worker.worker_id
    taken = search.taken_by(tx, worker_id)
    blockers = blocks.blockers(tx, worker_id)
    rows = search.open_groups(tx)
    known = hit_types.of_open_groups(tx, [row.hit_type_id for row in rows])
    for row in rows:
        available = row.open_hits - taken.get(row.group_id, 0)
        hit_type = known.get(row.hit_type_id)
        if available <= 0 or hit_type is None or row.latest_expiration <= tx.now:
            continue
        if hit_type.requester_id in blockers:
            continue
        if _is_discoverable(tx, standing, hit_type):
            yield Found(row=row, hit_type=hit_type, available=available)


def _filters(tx: Tx, request: ListHitGroupsRequest) -> _Filters:
    search_text = (request.search or "").strip()
    hit = hits.get(tx, search_text) if search_text else None
    return _Filters(
        search=search_text,
        terms=tuple(_folded(phrase or word).strip() for phrase, word in _TERM.findall(search_text)),
        found_group_id=None if hit is None else hit.group_id,
        keyword=_folded(request.keyword or "").strip(),
        requester_id=request.requester_id,
        min_reward=_reward(request.min_reward),
        only_qualified=request.qualified,
    )


def _reward(text: str | None) -> int:
    if text is None:
        return 0
    if _DECIMAL.fullmatch(text) is None:
        raise errors.InvalidParameterValue(value=text[:100], name="min_reward")
    return money.parse(text)


def _folded(text: str) -> str:
    """A text without case and accents, as words are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _matches(found: Found, standing: Standing, filters: _Filters) -> bool:
    hit_type = found.hit_type
    properties = hit_type.properties
    if filters.requester_id and hit_type.requester_id != filters.requester_id:
        return False
    if properties.reward < filters.min_reward:
        return False
    if filters.only_qualified and requirement.unmet(
        properties.requirements, standing, requirement.ACCEPT_GUARDS
    ):
        return False
    if filters.keyword:
        keywords = map(str.strip, _folded(properties.keywords).split(","))
        if filters.keyword not in keywords:
            return False
    if not filters.search or filters.found_group_id == found.row.group_id:
        return True
    identities = (found.row.group_id, hit_type.hit_type_id, hit_type.requester_id)
    if filters.search in identities:
        return True
    words = (properties.title, properties.description, properties.keywords)
    text = _folded("\n".join((*words, found.row.requester_name)))
    return all(term in text for term in filters.terms)


@operation(writes=False)
def get_hit_group(tx: Tx, caller: WorkerCaller, request: GetHitGroupRequest) -> GetHitGroupResponse:
    """Show a group, also when nothing of it is open any more.

    Refusals, in order: NOT_FOUND, NOT_PERMITTED.
    """
    found = visible_group(tx, caller, request.group_id)
    check_permitted(tx, caller.worker, found.hit_type)
    return GetHitGroupResponse(group=_one(tx, caller, found))


@operation(writes=False)
def preview_hit(tx: Tx, caller: WorkerCaller, request: PreviewHitRequest) -> PreviewHitResponse:
    """Show a HIT of a group before it is accepted.

    No task when a requirement guards the preview, or nothing is open.
    Refusals, in order: NOT_FOUND, NOT_PERMITTED, HIT_UNAVAILABLE for a HIT named that is not
    open.
    """
    found = visible_group(tx, caller, request.group_id)
    check_permitted(tx, caller.worker, found.hit_type)
    group = _one(tx, caller, found)
    if not group.caller.can_preview:
        return PreviewHitResponse(group=group, task=None)
    if request.hit_id is None:
        hit = _some_hit(tx, caller.worker, found, request.skip_hit_id)
        return PreviewHitResponse(group=group, task=None if hit is None else task(tx, hit, None))
    hit = hits.get(tx, request.hit_id)
    if hit is None or hit.group_id != found.row.group_id:
        raise work_errors.NotFound
    if hit.status(tx.now) is not HITStatus.ASSIGNABLE:
        raise work_errors.HITUnavailable
    return PreviewHitResponse(group=group, task=task(tx, hit, None))


def _some_hit(tx: Tx, worker: Worker, found: Found, skip_hit_id: str | None) -> HIT | None:
    """An open HIT of the group; one with nothing overdue, if there is one."""
    overtaken: Overtaken | None = None
    avoided = frozenset(filter(None, [skip_hit_id]))
    for hit_id in candidates(tx, worker, found.row.group_id, avoided):
        try:
            return hits.get(tx, hit_id)
        except Overtaken as error:
            overtaken = error
    if overtaken is not None:
        raise overtaken
    return None


def task(tx: Tx, hit: HIT, assignment_id: str | None) -> Task:
    """What has to be done in a HIT; a preview without an assignment."""
    document = hits.question(tx, hit)
    return Task(
        mode="preview" if assignment_id is None else "work",
        kind=kind_of(document).value,
        hit_id=hit.hit_id,
        assignment_id=assignment_id,
        question=document,
    )


def kind_of(document: str) -> QuestionKind:
    """The kind of a stored question, as a rule without reading all of it."""
    return question_kind.of(document) or question.stored(document).kind


def visible_group(tx: Tx, caller: WorkerCaller, group_id: str) -> Found:
    """The group with this id or of this HIT type, as far as the worker may know of it."""
    hit_type = visible_type(tx, caller.worker, group_id)
    row = search.group(tx, hit_type.group_id)
    if row is None:
        raise work_errors.NotFound
    available = row.open_hits - search.taken_in(tx, caller.worker.worker_id, row.group_id)
    if available > 0 and not search.candidates(tx, row.group_id, caller.worker.worker_id, 0, 1):
        # The counters still have HITs that have expired and are not swept yet.
        available = 0
    return Found(row=row, hit_type=hit_type, available=max(0, available))


def visible_type(tx: Tx, worker: Worker, group_id: str) -> HITType:
    """The HIT type of a group, as far as the worker may know of it."""
    hit_type = hit_types.get_by_group(tx, group_id)
    if hit_type is None or not may_discover(tx, worker, hit_type):
        raise work_errors.NotFound
    return hit_type


def check_permitted(tx: Tx, worker: Worker, hit_type: HITType) -> None:
    """Refuse a worker whom the requester of a HIT type has blocked; NOT_PERMITTED."""
    if blocks.is_blocked(tx, worker.worker_id, by=hit_type.requester_id):
        raise work_errors.NotPermitted


def may_discover(tx: Tx, worker: Worker, hit_type: HITType) -> bool:
    """Whether a worker may know of HITs of a type."""
    guarding = [
        item
        for item in hit_type.properties.requirements
        if item.actions_guarded in requirement.DISCOVER_GUARDS
    ]
    standing = standings.for_requirements(tx, worker, guarding)
    return _is_discoverable(tx, standing, hit_type)


def _is_discoverable(tx: Tx, standing: Standing, hit_type: HITType) -> bool:
    requirements = hit_type.properties.requirements
    if not _admits_class(tx, standing.worker, hit_type):
        return False
    return not requirement.unmet(requirements, standing, requirement.DISCOVER_GUARDS)


def _admits_class(tx: Tx, worker: Worker, hit_type: HITType) -> bool:
    """Whether workers of this class may do HITs of a type; the site's rule where it is silent."""
    default = tx.settings.worker_classes.default
    if default == ANY_CLASS:
        return True
    requirements = hit_type.properties.requirements
    return requirement.admits_class(requirements, worker, WorkerClass(default))


def _reasons(
    caller: WorkerCaller, standing: Standing, hit_type: HITType, available: int
) -> list[str]:
    """The codes of what keeps the worker from accepting a HIT of a group."""
    found = []
    if caller.worker.is_suspended:
        found.append(work_errors.AccountSuspended.work_code)
    if not caller.may_work:
        found.append(work_errors.TokenMayNotWork.work_code)
    if requirement.unmet(hit_type.properties.requirements, standing, requirement.ACCEPT_GUARDS):
        found.append(work_errors.NotQualified.work_code)
    if available <= 0:
        found.append(work_errors.NoAssignments.work_code)
    return found


def candidates(tx: Tx, worker: Worker, group_id: str, avoided: frozenset[str]) -> Iterator[str]:
    """Ids of HITs of the group that are open to the worker, in random order.

    A group of at most 16 is drawn from uniformly; a larger one from a window that begins at a
    random place, so that the choice costs the same in a group of any size. HITs to be avoided
    come last.
    """
    bounds = search.bounds(tx, group_id)
    if bounds is None:
        return
    first, last = bounds
    start = first + tx.ids.below(last - first + 1) if last - first >= WINDOW else first
    ids = search.candidates(tx, group_id, worker.worker_id, start, WINDOW)
    if len(ids) < WINDOW and start > first:
        more = search.candidates(tx, group_id, worker.worker_id, first, WINDOW)
        ids += [hit_id for hit_id in more if hit_id not in ids]
    last_resort = [hit_id for hit_id in ids if hit_id in avoided] if avoided else []
    if last_resort:
        ids = [hit_id for hit_id in ids if hit_id not in avoided]
    # Drawn one by one, because the first is taken as a rule.
    for left in (ids, last_resort):
        while left:
            yield left.pop(tx.ids.below(len(left)))


def _one(tx: Tx, caller: WorkerCaller, found: Found) -> HitGroup:
    requirements = found.hit_type.properties.requirements
    standing = standings.for_requirements(tx, caller.worker, requirements)
    (group,) = _shown(tx, caller, standing, [found])
    return group


def _shown(
    tx: Tx, caller: WorkerCaller, standing: Standing, page: Sequence[Found]
) -> list[HitGroup]:
    """Groups beside what the worker holds, and can do about what is missing."""
    all_requirements = [found.hit_type.properties.requirements for found in page]
    steps = requirement_steps.of(tx, standing, chain.from_iterable(all_requirements))
    return [
        present_work.group(
            found.row,
            found.hit_type,
            (standing, steps),
            found.available,
            _reasons(caller, standing, found.hit_type, found.available),
        )
        for found in page
    ]

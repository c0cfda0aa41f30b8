"""Files of workers: room for them, answers that name them, links to fetch them, and their end."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from kempelen.api.work import (
    ArriveFilesRequest,
    DropFilesRequest,
    ListLooseFilesRequest,
    NewFile,
    OpenFileRequest,
    OpenFileResponse,
    ReserveFilesRequest,
    SentFile,
    StageSubmissionRequest,
    SubmitAssignmentRequest,
)
from kempelen.domain import errors, work_errors
from kempelen.domain.errors import Refusal
from kempelen.operations import dispatch, files, registry, sweeping, work
from kempelen.store import files as rows

FORM = """<QuestionForm xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas\
/2005-10-01/QuestionForm.xsd"><Question><QuestionIdentifier>photo</QuestionIdentifier>
<IsRequired>true</IsRequired><QuestionContent><Text>Take a picture.</Text></QuestionContent>
<AnswerSpecification><FileUploadAnswer><MaxFileSizeInBytes>1000</MaxFileSizeInBytes>
<MinFileSizeInBytes>10</MinFileSizeInBytes></FileUploadAnswer></AnswerSpecification></Question>
<Question><QuestionIdentifier>note</QuestionIdentifier><QuestionContent><Text>More?</Text>
</QuestionContent><AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>
</QuestionForm>"""


class Desk:
    """A worker with an accepted HIT; does what the edges do with files, without their bytes."""

    def __init__(self, make: Any, **members: Any) -> None:
        self.make = make
        self.hit_id = make.create_hit(**members).hit_id
        self.worker = make.new_worker()
        self.assignment_id = make.accept(self.worker, self.hit_id)

    def run(self, function: Callable[..., Any], caller: Any, request: object) -> Any:
        return dispatch.run(self.make.app, registry.of(function), caller, request)

    def reserve(self, *sizes: int, caller: Any = None, assignment_id: str = "") -> tuple[str, ...]:
        """Room for files of these sizes."""
        request = ReserveFilesRequest(
            assignment_id=assignment_id or self.assignment_id,
            files=tuple(
                NewFile(
                    question_id="photo",
                    name=f"cat {number}.png",
                    media_type="image/png",
                    size_bytes=size,
                    sha256=hashlib.sha256(bytes(size)).hexdigest(),
                )
                for number, size in enumerate(sizes, 1)
            ),
        )
        keys: tuple[str, ...] = self.run(files.reserve_files, caller, request).keys
        return keys

    def arrived(self, *sizes: int) -> tuple[str, ...]:
        """Files of these sizes whose bytes are kept."""
        keys = self.reserve(*sizes)
        self.run(files.arrive_files, None, ArriveFilesRequest(keys=keys))
        return keys

    def refused(self, *sizes: int, **options: Any) -> Refusal:
        with pytest.raises(Refusal) as found:
            self.reserve(*sizes, **options)
        return found.value

    def submit(self, **answers: object) -> None:
        request = SubmitAssignmentRequest(assignment_id=self.assignment_id, answers=dict(answers))
        self.run(work.submit_assignment, self.worker, request)

    def stage(self, *fields: tuple[str, str | SentFile]) -> str:
        request = StageSubmissionRequest(assignment_id=self.assignment_id, fields=fields)
        ticket: str = self.run(work.stage_submission, None, request).ticket
        return ticket

    def confirm(self, ticket: str) -> None:
        request = SubmitAssignmentRequest(assignment_id=self.assignment_id, ticket=ticket)
        self.run(work.submit_assignment, self.worker, request)

    def link(self, question_id: str = "photo", **members: Any) -> str:
        answer = self.make.ask(
            "GetFileUploadURL",
            **{
                "assignment_id": self.assignment_id,
                "question_identifier": question_id,
                **members,
            },
        )
        address: str = answer.file_upload_url
        return address

    def open(self, address: str) -> OpenFileResponse:
        request = OpenFileRequest(token=address.rpartition("/")[2])
        found: OpenFileResponse = self.run(files.open_file, None, request)
        return found

    def is_gone(self, address: str) -> bool:
        try:
            self.open(address)
        except work_errors.NotFound:
            return True
        return False

    def known(self) -> list[str]:
        """Keys of all files that are not to be removed."""
        dropped = dispatch.look(self.make.app, rows.dropped)
        found = self.make.rows("SELECT file_key FROM files ORDER BY n")
        return [key for (key,) in found if key not in dropped]


@pytest.fixture
def made(make_with: Callable[..., Any]) -> Any:
    """A maker on a site that takes files."""
    return make_with(uploads__enabled=True, **LIMITS)


LIMITS = {
    "uploads__max_assignment_bytes": 100,
    "uploads__max_worker_day_bytes": 250,
    "uploads__max_total_bytes": 400,
}


@pytest.fixture
def desk(made: Any) -> Desk:
    return Desk(made)


def test_a_form_may_ask_for_files_only_where_they_are_taken(make: Any, made: Any) -> None:
    refusal = make.refusal("CreateHIT", **make.hit_members(question=FORM))
    assert isinstance(refusal, errors.XMLParseError)
    assert "FileUploadAnswer is not accepted" in refusal.message
    assert made.create_hit(question=FORM).question == FORM


def test_an_answer_with_a_file(made: Any) -> None:
    desk = Desk(made, question=FORM)
    (key,) = desk.arrived(20)
    desk.submit(photo={"file_id": key}, note="seen")
    answer = made.assignment(desk.assignment_id).answer
    assert answer.partition("<Answer>")[2] == (
        "<QuestionIdentifier>photo</QuestionIdentifier>"
        "<UploadedFileSizeInBytes>20</UploadedFileSizeInBytes>"
        f"<UploadedFileKey>{key}</UploadedFileKey></Answer>"
        "<Answer><QuestionIdentifier>note</QuestionIdentifier><FreeText>seen</FreeText></Answer>"
        "</QuestionFormAnswers>"
    )
    found = desk.open(desk.link())
    assert (found.key, found.name, found.media_type) == (key, "cat 1.png", "image/png")
    assert (found.size_bytes, found.sha256) == (20, hashlib.sha256(bytes(20)).hexdigest())


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (9, "Choose a file of 10 to 1000 bytes; this one has 9."),
        (10, None),
        (1000, None),
        (1001, "Choose a file of 10 to 1000 bytes; this one has 1001."),
    ],
)
def test_sizes_of_the_question(make_with: Any, size: int, problem: str | None) -> None:
    desk = Desk(make_with(uploads__enabled=True), question=FORM)
    (key,) = desk.arrived(size)
    if problem is None:
        desk.submit(photo={"file_id": key})
        return
    with pytest.raises(work_errors.InvalidAnswers) as found:
        desk.submit(photo={"file_id": key}, note="seen")
    assert found.value.problems == {"photo": problem}


def test_a_required_file_is_missing(made: Any) -> None:
    desk = Desk(made, question=FORM)
    for fields in ((), (("photo", "cat.png"),)):
        request = SubmitAssignmentRequest(assignment_id=desk.assignment_id, form_fields=fields)
        with pytest.raises(work_errors.InvalidAnswers, match="This question needs a file"):
            desk.run(work.submit_assignment, desk.worker, request)


def test_why_a_file_was_not_taken_is_told_with_the_rest(made: Any) -> None:
    desk = Desk(made, question=FORM)
    fields = (("photo", SentFile(problem="cat.png is larger than 5 MB.")), ("other", "x"))
    with pytest.raises(work_errors.InvalidAnswers) as found:
        desk.stage(*fields)
    assert found.value.problems == {"photo": "cat.png is larger than 5 MB."}
    page = Desk(made)
    with pytest.raises(work_errors.InvalidAnswers) as found:
        page.stage(*fields)
    assert found.value.problems == {"photo": "cat.png is larger than 5 MB."}


def test_several_files_of_a_page(desk: Desk) -> None:
    """Each is an answer of its own; a link leads to the first, or to the one whose key it has."""
    first, second, third = desk.arrived(20, 30, 40)
    ticket = desk.stage(
        ("a", "1"),
        ("photo", SentFile(file_id=first)),
        ("b", "2"),
        ("photo", SentFile(file_id=second)),
        ("a", "3"),
        ("photo", "in words"),
        ("other", SentFile(file_id=third)),
    )
    desk.confirm(ticket)
    document = desk.make.assignment(desk.assignment_id).answer
    names = document.split("<QuestionIdentifier>")[1:]
    assert [name.partition("<")[0] for name in names] == [
        "a", "photo", "b", "photo", "photo", "other",
    ]  # fmt: skip
    assert "<FreeText>1|3</FreeText>" in document
    assert desk.open(desk.link()).key == first
    assert desk.open(desk.link(second)).key == second
    assert desk.open(desk.link("other")).key == third


def test_files_in_json_and_in_documents(made: Any) -> None:
    desk = Desk(made)
    first, second = desk.arrived(20, 30)
    desk.submit(photo=[{"file_id": first}, {"file_id": second}], note={"file_id": first, "more": 1})
    document = made.assignment(desk.assignment_id).answer
    assert document.count("<UploadedFileKey>") == 2
    assert '<FreeText>{"file_id":' in document
    other = Desk(made)
    (key,) = other.arrived(20)
    request = SubmitAssignmentRequest(
        assignment_id=other.assignment_id, answer_xml=document.replace(first, key)
    )
    with pytest.raises(work_errors.InvalidAnswers, match="There is no such file"):
        other.run(work.submit_assignment, other.worker, request)
    only = document.replace(first, key).replace(second, key).replace(">30<", ">20<")
    request = SubmitAssignmentRequest(assignment_id=other.assignment_id, answer_xml=only)
    other.run(work.submit_assignment, other.worker, request)
    assert made.assignment(other.assignment_id).answer.count(f"<UploadedFileKey>{key}<") == 2


def test_only_files_that_came_for_this_assignment(made: Any) -> None:
    """Not of another assignment, not one whose bytes are not there or were dropped, no nonsense."""
    desk, other = Desk(made), Desk(made)
    (foreign,) = other.arrived(20)
    (coming,) = desk.reserve(20)
    (dropped,) = desk.arrived(20)
    desk.run(files.drop_files, None, DropFilesRequest(keys=(dropped,)))
    for key in (foreign, coming, dropped, "", "x", "../../etc/passwd"):
        with pytest.raises(work_errors.InvalidAnswers, match="There is no such file"):
            desk.submit(photo={"file_id": key})
        with pytest.raises(work_errors.InvalidAnswers, match="There is no such file"):
            desk.stage(("photo", SentFile(file_id=key)))
        listed = ListLooseFilesRequest(assignment_id=desk.assignment_id, keys=(key,))
        assert desk.run(files.list_loose_files, desk.worker, listed).files == ()
    assert made.hit(desk.hit_id).number_of_assignments_pending == 1


def test_room_is_refused_in_order(make: Any, made: Any) -> None:
    """Off, preview, unknown or foreign, read only, late, given back, then the three limits."""
    off = Desk(make)
    assert isinstance(off.refused(1), work_errors.UploadsOff)
    desk, other = Desk(made), Desk(made)
    for assignment_id, refusal in (
        (work.PREVIEW_ASSIGNMENT_ID, work_errors.PreviewOnly),
        ("3UNKNOWN", work_errors.AssignmentNotFound),
    ):
        assert isinstance(desk.refused(999, assignment_id=assignment_id), refusal)
    assert isinstance(desk.refused(999, caller=other.worker), work_errors.AssignmentNotFound)
    reader = type(desk.worker)(worker=desk.worker.worker, may_work=False)
    assert isinstance(desk.refused(999, caller=reader), work_errors.TokenMayNotWork)
    back = Desk(made)
    made.give_back(back.worker, back.assignment_id)
    assert isinstance(back.refused(999), work_errors.NotAssigned)
    refusal_ = desk.refused(60, 41, caller=desk.worker)
    assert isinstance(refusal_, work_errors.AssignmentUploadLimit)
    assert "100 bytes of files for one HIT" in refusal_.message
    made.clock.advance(hours=1)
    assert isinstance(other.refused(999), work_errors.DeadlinePassed)
    assert desk.known() == []


def test_limits_of_assignment_day_and_site(made: Any) -> None:
    desk = Desk(made)
    desk.arrived(60)
    assert isinstance(desk.refused(41), work_errors.AssignmentUploadLimit)
    (key,) = desk.arrived(40)
    # What came with staged answers does not wait any more: the next post is complete in itself.
    desk.stage(("photo", SentFile(file_id=key)))
    desk.arrived(40)
    worker = desk.worker
    second = Desk(made)
    second.worker = worker
    second.hit_id = made.create_hit().hit_id
    second.assignment_id = made.accept(worker, second.hit_id)
    second.arrived(100)
    refusal = second.refused(100)
    assert isinstance(refusal, work_errors.AssignmentUploadLimit)
    third = Desk(made)
    third.worker = worker
    third.assignment_id = made.accept(worker, made.create_hit().hit_id)
    assert isinstance(third.refused(11), work_errors.DailyUploadLimit)
    third.arrived(10)
    fourth = Desk(made)
    fourth.arrived(100)
    fifth = Desk(made)
    assert isinstance(fifth.refused(51), work_errors.StorageFull)
    fifth.arrived(50)
    # What is removed makes room again.
    made.ask("UpdateExpirationForHIT", hit_id=fourth.hit_id, expire_at=0.0)
    fourth.make.give_back(fourth.worker, fourth.assignment_id)
    made.ask("DeleteHIT", hit_id=fourth.hit_id)
    gone = sweeping.dropped_files(made.app)
    assert len(gone) == 1
    assert isinstance(fifth.refused(50), work_errors.StorageFull)
    sweeping.forget_files(made.app, gone)
    sweeping.forget_files(made.app, gone)
    fifth.arrived(50)


def test_the_day_ends_at_midnight(made: Any) -> None:
    made.clock.advance(hours=11, minutes=55)
    desk = Desk(made)
    desk.arrived(100)
    again = Desk(made)
    again.worker = desk.worker
    again.assignment_id = made.accept(desk.worker, made.create_hit().hit_id)
    again.arrived(100)
    third = Desk(made)
    third.worker = desk.worker
    third.assignment_id = made.accept(desk.worker, made.create_hit().hit_id)
    assert isinstance(third.refused(51), work_errors.DailyUploadLimit)
    made.clock.advance(minutes=5)
    third.arrived(51)


def test_work_that_was_submitted_gets_no_room(desk: Desk) -> None:
    desk.submit(tag="dog")
    assert desk.reserve(10) == ()
    assert desk.known() == []


def test_refusals_of_links_come_in_order(made: Any) -> None:
    stranger = made.new_requester()
    desk = Desk(made, question=FORM)
    asked = {"assignment_id": desk.assignment_id, "question_identifier": "photo"}

    def refused(**members: Any) -> Refusal:
        found: Refusal = made.refusal("GetFileUploadURL", **{**asked, **members})
        return found

    assert isinstance(refused(assignment_id="3UNKNOWN"), errors.AssignmentDoesNotExist)
    assert isinstance(refused(), errors.AssignmentDoesNotExist)  # not yet submitted
    (key,) = desk.arrived(20)
    desk.submit(photo={"file_id": key}, note="seen")
    assert isinstance(refused(by=stranger), errors.AssignmentDoesNotExist)
    for question_id in ("unknown", "note", "", "Photo", "A" * 32):
        refusal = refused(question_identifier=question_id)
        assert isinstance(refusal, errors.ParameterValidationError)
        assert refusal.message == (
            f'The value "{question_id}" is not valid for the parameter QuestionIdentifier.'
        )
    address = desk.link()
    made.ask("ApproveAssignment", assignment_id=desk.assignment_id)
    made.ask("UpdateExpirationForHIT", hit_id=desk.hit_id, expire_at=0.0)
    assert desk.open(address).key == key
    made.ask("DeleteHIT", hit_id=desk.hit_id)
    assert isinstance(refused(), errors.AssignmentDoesNotExist)
    assert desk.is_gone(address)
    assert sweeping.dropped_files(made.app) == [key]


def test_a_link_is_good_for_a_minute_and_for_one_file(made: Any) -> None:
    desk = Desk(made)
    first, second = desk.arrived(20, 30)
    desk.submit(photo={"file_id": first}, other={"file_id": second})
    address = desk.link()
    assert address.startswith(f"{made.app.settings.app_base_url}/frame/files/")
    made.clock.advance(seconds=59.9)
    assert desk.open(address).key == first
    made.clock.advance(seconds=0.1)
    assert desk.is_gone(address)
    good, token = desk.link(), desk.link("other").rpartition("/")[2]
    assert desk.open(token).key == second
    for spoiled in (
        "",
        "x",
        "ü",
        token[:-1],
        token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        ("B" if token[0] != "B" else "C") + token[1:],
        good[-60:],
    ):
        assert desk.is_gone(spoiled)


def test_files_go_with_a_hit_that_grows_old(made: Any) -> None:
    """120 days after it became Reviewable, without anybody deleting it."""
    desk = Desk(made)
    (key,) = desk.arrived(20)
    desk.submit(photo={"file_id": key})
    made.sweep(days=119)
    address = desk.link()
    assert desk.open(address).key == key
    made.clock.advance(days=2)
    assert desk.is_gone(address)
    made.sweep()
    assert sweeping.dropped_files(made.app) == [key]


def test_what_no_answer_can_have_any_more_is_removed(made: Any) -> None:
    """Given back, timed out, never arrived, staged and not confirmed; not what is still wanted."""
    long = {"assignment_duration_in_seconds": 86_400 * 5, "lifetime_in_seconds": 86_400 * 9}
    working, back, never, staged, done = (Desk(made, **long) for _ in range(5))
    kept = {working: working.arrived(5)[0], done: done.arrived(6)[0]}
    back.arrived(7)
    made.give_back(back.worker, back.assignment_id)
    never.reserve(8)
    (in_frame,) = staged.arrived(9)
    staged.stage(("photo", SentFile(file_id=in_frame)))
    (confirmed, spare) = done.arrived(10, 11)
    done.confirm(done.stage(("photo", SentFile(file_id=confirmed))))
    sweeping.forget_old(made.app)
    assert len(working.known()) == 7
    made.sweep(hours=25)
    sweeping.forget_old(made.app)
    assert sorted(working.known()) == sorted([kept[working], confirmed])
    dropped = sweeping.dropped_files(made.app)
    assert {in_frame, spare, kept[done]} <= set(dropped)
    working.submit(photo={"file_id": kept[working]})
    assert working.open(working.link()).size_bytes == 5


def test_in_direct_mode_files_are_kept_at_once(make_with: Any) -> None:
    made = make_with(uploads__enabled=True, external_submit__mode="direct")
    desk = Desk(made)
    (key,) = desk.arrived(20)
    desk.stage(("photo", SentFile(file_id=key)))
    assert desk.open(desk.link()).key == key

"""Decoding of HIT creation requests before the transaction: values first, then combinations.

Refusals come in the order of the request's members, the first one wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from kempelen.api import types
from kempelen.api.hits import CreateHITRequest, CreateHITTypeRequest, CreateHITWithHITTypeRequest
from kempelen.domain import errors, layout, requirement
from kempelen.domain.countries import Locale
from kempelen.domain.hit_type import AUTO_APPROVAL_DELAY_DEFAULT_SECONDS, HITTypeProperties
from kempelen.domain.requirement import ActionsGuarded, Comparator, QualificationRequirement
from kempelen.domain.review.policy import MapEntry, Parameter, Parameters, ReviewPolicyLevel
from kempelen.formats import layouts
from kempelen.formats import question as question_format
from kempelen.operations import parameters, reviewing
from kempelen.operations.registry import Preparation

CreationRequest = CreateHITRequest | CreateHITWithHITTypeRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class NewHIT:
    """What a creation request asks for, decoded; `properties` only for CreateHIT."""

    properties: HITTypeProperties | None
    max_assignments: int
    lifetime: timedelta
    question: str
    layout_id: str | None
    layout_values: Mapping[str, str]
    assignment_policy: str | None
    hit_policy: str | None


def hit_type(preparation: Preparation, request: CreateHITTypeRequest) -> HITTypeProperties:
    """Decode the seven properties of CreateHITType."""
    del preparation
    properties = replace(_fields(request), requirements=_requirements(request))
    _check_guards(request.qualification_requirements or ())
    return properties


def hit(preparation: Preparation, request: CreateHITRequest) -> NewHIT:
    """Decode CreateHIT."""
    max_assignments = _max_assignments(request)
    fields = _fields(request, lifetime=request.lifetime_in_seconds)
    question = _question(preparation, request)
    _annotation(request)
    properties = replace(fields, requirements=_requirements(request))
    return _new_hit(preparation, request, properties, max_assignments, question)


def hit_with_type(preparation: Preparation, request: CreateHITWithHITTypeRequest) -> NewHIT:
    """Decode CreateHITWithHITType."""
    max_assignments = _max_assignments(request)
    _lifetime(request.lifetime_in_seconds)
    question = _question(preparation, request)
    _annotation(request)
    return _new_hit(preparation, request, None, max_assignments, question)


def _new_hit(
    preparation: Preparation,
    request: CreationRequest,
    properties: HITTypeProperties | None,
    max_assignments: int,
    question: str,
) -> NewHIT:
    assignment_policy = _policy(
        preparation, request.assignment_review_policy, ReviewPolicyLevel.ASSIGNMENT
    )
    hit_policy = _policy(preparation, request.hit_review_policy, ReviewPolicyLevel.HIT)
    layout_values = _layout_values(request)
    if isinstance(request, CreateHITRequest):
        _check_guards(request.qualification_requirements or ())
    _check_question_combination(request)
    return NewHIT(
        properties=properties,
        max_assignments=max_assignments,
        lifetime=timedelta(seconds=request.lifetime_in_seconds),
        question=question,
        layout_id=request.hit_layout_id,
        layout_values=layout_values,
        assignment_policy=assignment_policy,
        hit_policy=hit_policy,
    )


def _max_assignments(request: CreationRequest) -> int:
    value = 1 if request.max_assignments is None else request.max_assignments
    return parameters.in_range(value, "MaxAssignments", parameters.MAX_ASSIGNMENTS)


def _lifetime(seconds: int) -> int:
    return parameters.in_range(seconds, "LifetimeInSeconds", parameters.LIFETIME_SECONDS)


def _annotation(request: CreationRequest) -> None:
    if request.requester_annotation is not None:
        parameters.text(
            request.requester_annotation, "RequesterAnnotation", parameters.ANNOTATION_MAX
        )


def _fields(
    request: CreateHITRequest | CreateHITTypeRequest, lifetime: int | None = None
) -> HITTypeProperties:
    """The properties without the requirements, which come later in the order of a request."""
    delay = request.auto_approval_delay_in_seconds
    if delay is None:
        delay = AUTO_APPROVAL_DELAY_DEFAULT_SECONDS
    bounds = parameters.AUTO_APPROVAL_DELAY_SECONDS
    parameters.in_range(delay, "AutoApprovalDelayInSeconds", bounds)
    if lifetime is not None:
        _lifetime(lifetime)
    duration = parameters.in_range(
        request.assignment_duration_in_seconds,
        "AssignmentDurationInSeconds",
        parameters.ASSIGNMENT_DURATION_SECONDS,
    )
    return HITTypeProperties(
        reward=parameters.amount(request.reward, "Reward"),
        title=parameters.text(request.title, "Title", parameters.TITLE_MAX, minimum=1),
        keywords=parameters.text(request.keywords or "", "Keywords", parameters.KEYWORDS_MAX),
        description=parameters.text(
            request.description, "Description", parameters.DESCRIPTION_MAX, minimum=1
        ),
        assignment_duration_seconds=duration,
        auto_approval_delay_seconds=delay,
        requirements=(),
    )


def _requirements(
    request: CreateHITRequest | CreateHITTypeRequest,
) -> tuple[QualificationRequirement, ...]:
    given = request.qualification_requirements or ()
    if len(given) > requirement.REQUIREMENTS_MAX:
        raise errors.InvalidParameterValue(value=len(given), name="QualificationRequirement")
    found = tuple(_requirement(item) for item in given)
    for item in found:
        requirement.check(item)
    return found


def _requirement(given: types.QualificationRequirement) -> QualificationRequirement:
    if given.actions_guarded is not None:
        guarded = ActionsGuarded(given.actions_guarded)
    elif given.required_to_preview:
        guarded = ActionsGuarded.PREVIEW_AND_ACCEPT
    else:
        guarded = ActionsGuarded.ACCEPT
    return QualificationRequirement(
        qualification_type_id=given.qualification_type_id,
        comparator=Comparator(given.comparator),
        integer_values=tuple(given.integer_values or ()),
        locale_values=tuple(
            Locale(country=locale.country, subdivision=locale.subdivision)
            for locale in given.locale_values or ()
        ),
        actions_guarded=guarded,
    )


def _check_guards(given: Sequence[types.QualificationRequirement]) -> None:
    for item in given:
        if item.actions_guarded is not None and item.required_to_preview:
            raise errors.InvalidParameterCombination(names="ActionsGuarded, RequiredToPreview")


def _question(preparation: Preparation, request: CreationRequest) -> str:
    if request.question is None or request.hit_layout_id is not None:
        return request.question or ""
    settings = preparation.settings
    question_format.parse(
        request.question,
        max_bytes=settings.questions.max_bytes,
        allow_http=settings.external_question.allow_http,
        uploads_enabled=settings.uploads.enabled,
    )
    return request.question


def _layout_values(request: CreationRequest) -> Mapping[str, str]:
    """The values for a layout by their names, as far as they can be judged without it."""
    given = request.hit_layout_parameters or ()
    values = layout.parameters([(item.name, item.value) for item in given])
    layouts.check_values(values)
    return values


def _check_question_combination(request: CreationRequest) -> None:
    if request.question is not None and request.hit_layout_id is not None:
        raise errors.InvalidParameterCombination(names="Question, HITLayoutId")
    if request.question is None and request.hit_layout_id is None:
        raise errors.MissingParameters(names="Question or HITLayoutId")
    if request.hit_layout_parameters and request.hit_layout_id is None:
        raise errors.MissingParameters(names="HITLayoutId")


def _policy(
    preparation: Preparation, given: types.ReviewPolicy | None, level: ReviewPolicyLevel
) -> str | None:
    """Check a review policy by its own rules; returns the text that is stored."""
    if given is None:
        return None
    policy = reviewing.resolve(preparation.policies, level, given.policy_name)
    read = _policy_parameters(given.parameters or ())
    ignore = preparation.settings.review_policies.unknown_parameters == "ignore"
    policy.parse(read, ignore_unknown=ignore)
    return reviewing.to_text(policy.name, read)


def _policy_parameters(given: Sequence[types.PolicyParameter]) -> Parameters:
    return tuple(
        Parameter(
            key=item.key or "",
            values=None if item.values is None else tuple(item.values),
            map_entries=None
            if item.map_entries is None
            else tuple(
                MapEntry(key=entry.key or "", values=tuple(entry.values or ()))
                for entry in item.map_entries
            ),
        )
        for item in given
    )

"""The operations that set up and try notifications of events, named as boto3 names them."""

from dataclasses import dataclass, replace
from functools import partial

from kempelen.api import legacy as older
from kempelen.api import types
from kempelen.api.notifications import (
    SendTestEventNotificationRequest,
    SendTestEventNotificationResponse,
    UpdateNotificationSettingsRequest,
    UpdateNotificationSettingsResponse,
)
from kempelen.domain import errors, notification
from kempelen.domain.events import EventType
from kempelen.domain.notification import (
    DeliveryFailed,
    Document,
    Occurrence,
    Parcel,
    Specification,
    Transport,
)
from kempelen.domain.people import Requester
from kempelen.operations.app import App
from kempelen.operations.registry import Preparation, operation
from kempelen.store import hit_types, notifications, requesters
from kempelen.store.requesters import SealedKey
from kempelen.store.tx import Tx

SettingsRequest = UpdateNotificationSettingsRequest | older.SetHITTypeNotificationRequest
TrialRequest = SendTestEventNotificationRequest | older.SendTestEventNotificationRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A checked specification; without a transport there is none for its destination."""

    specification: Specification
    transport: Transport | None

    @property
    def chosen(self) -> Transport:
        """The transport, or InvalidTransportEndpoint."""
        if self.transport is None:
            destination = self.specification.destination
            raise errors.InvalidTransportEndpoint(destination=destination[:200])
        return self.transport


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A parcel that is sent at once, with what sends it and the access key that signs it."""

    transport: Transport
    parcel: Parcel
    key: SealedKey | None


def wanted_settings(preparation: Preparation, request: SettingsRequest) -> Wanted | None:
    """The checked specification of a request, if it has one."""
    if request.notification is None:
        if request.active is None:
            raise errors.MissingParameters(names="Notification or Active")
        return None
    return _wanted(preparation, request.notification)


@operation(writes=True, prepare=wanted_settings)
def update_notification_settings(
    tx: Tx,
    requester: Requester,
    request: UpdateNotificationSettingsRequest,
    wanted: Wanted | None,
) -> UpdateNotificationSettingsResponse:
    """Set up, replace, switch on or off the notification of a HIT type.

    A new one is active unless the request says otherwise; a replaced one stays as it was. Nothing
    is sent.

    Refusals, in order: MissingParameters with neither member, an unknown Version, EventTypes
    that are empty or name Ping, HITTypeDoesNotExist, InvalidTransportEndpoint, NothingToActivate
    when there is no notification to switch.
    """
    change(tx, requester, request, wanted)
    return UpdateNotificationSettingsResponse()


def change(tx: Tx, requester: Requester, request: SettingsRequest, wanted: Wanted | None) -> None:
    """Set up, replace or switch a notification, as the operations of both APIs do."""
    hit_type_id = request.hit_type_id
    found = hit_types.get(tx, hit_type_id)
    if found is None or found.requester_id != requester.requester_id:
        raise errors.HITTypeDoesNotExist(hit_type_id=hit_type_id)
    if wanted is not None:
        wanted.chosen  # noqa: B018 - refuses
        notifications.replace(tx, requester, hit_type_id, wanted.specification)
    elif notifications.is_active(tx, hit_type_id) is None:
        raise errors.NothingToActivate(value=str(request.active).lower())
    if request.active is not None:
        notifications.activate(tx, hit_type_id, is_active=request.active)


def wanted_trial(preparation: Preparation, request: TrialRequest) -> Wanted:
    """The checked specification of a request."""
    return _wanted(preparation, request.notification)


def deliver(app: App, trial: Trial) -> SendTestEventNotificationResponse:
    """Send the parcel and wait for what becomes of it; TransportFailed."""
    parcel = trial.parcel
    if trial.key is not None:
        sign = partial(app.sign_by_key, trial.key.access_key_id, trial.key.sealed_secret)
        parcel = replace(parcel, sign=sign)
    try:
        trial.transport.send(parcel)
    except DeliveryFailed as failed:
        raise errors.TransportFailed(
            destination=parcel.destination[:200], reason=failed.reason
        ) from failed
    return SendTestEventNotificationResponse()


@operation(writes=False, prepare=wanted_trial, outside=deliver)
def send_test_event_notification(
    tx: Tx, requester: Requester, request: SendTestEventNotificationRequest, wanted: Wanted
) -> Trial:
    """Send a document with one made-up event at once, and say whether it arrived.

    Its HIT, HIT type and assignment do not exist. It is sent when the transaction has ended.

    Refusals, in order: an unknown Version, EventTypes that are empty or name Ping,
    InvalidTransportEndpoint (no transport for the destination), TransportFailed (it was not
    taken there).
    """
    return trial(tx, requester, request.test_event_type, wanted)


def trial(tx: Tx, requester: Requester, test_event_type: str, wanted: Wanted) -> Trial:
    """A parcel with an event that did not happen."""
    event_type = EventType(test_event_type)
    is_about_work = event_type.value.startswith("Assignment")
    occurrence = Occurrence(
        event_type=event_type,
        happened_at=tx.now,
        hit_type_id=tx.new_id(),
        hit_id=tx.new_id(),
        assignment_id=tx.new_id() if is_about_work else None,
    )
    document = Document(
        version=wanted.specification.version,
        document_id=tx.ids.document(),
        requester_id=requester.requester_id,
        occurrences=(occurrence,),
    )
    parcel = Parcel(
        destination=wanted.specification.destination,
        document=document,
        key_number=requesters.webhook_key(tx, requester.requester_id),
    )
    key = None
    if wanted.chosen.name in notification.SIGNED_BY_ACCESS_KEY and requester.access_key_id:
        key = requesters.find_key(tx, requester.access_key_id)
    return Trial(transport=wanted.chosen, parcel=parcel, key=key)


def _wanted(
    preparation: Preparation,
    given: types.NotificationSpecification | older.NotificationSpecification,
) -> Wanted:
    """A specification with its parameter values checked."""
    if given.version not in notification.VERSIONS:
        raise errors.InvalidParameterValue(value=given.version[:100], name="Version")
    event_types = tuple(dict.fromkeys(map(EventType, given.event_types)))
    if not event_types or EventType.PING in event_types:
        value = ",".join(event_types)
        raise errors.InvalidParameterValue(value=value, name="EventTypes")
    transport = notification.transport_for(
        preparation.transports, given.transport, given.destination
    )
    return Wanted(
        specification=Specification(
            transport="" if transport is None else transport.name,
            destination=given.destination,
            version=given.version,
            event_types=event_types,
        ),
        transport=transport,
    )

"""SetHITTypeNotification and SendTestEventNotification, with the transports of the time.

A new notification begins inactive, while the present API's is active.
"""

from kempelen.api.legacy import (
    Nothing,
    SendTestEventNotificationRequest,
    SetHITTypeNotificationRequest,
)
from kempelen.domain.people import Requester
from kempelen.operations import notifications as successors
from kempelen.operations.notifications import Trial, Wanted
from kempelen.operations.registry import OLDER_ONLY, operation
from kempelen.store import notifications
from kempelen.store.tx import Tx


@operation(writes=True, prepare=successors.wanted_settings, protocols=OLDER_ONLY)
def set_hit_type_notification(
    tx: Tx, requester: Requester, request: SetHITTypeNotificationRequest, wanted: Wanted | None
) -> Nothing:
    """Set up, replace, switch on or off the notification of a HIT type; as the present API else.

    What is sent over REST or SOAP is signed with the access key of this call.

    Refusals are those of UpdateNotificationSettings.
    """
    is_new = notifications.is_active(tx, request.hit_type_id) is None
    successors.change(tx, requester, request, wanted)
    if is_new and request.active is None:
        notifications.activate(tx, request.hit_type_id, is_active=False)
    return Nothing()


@operation(
    writes=False,
    prepare=successors.wanted_trial,
    outside=successors.deliver,
    protocols=OLDER_ONLY,
)
def send_test_event_notification(
    tx: Tx, requester: Requester, request: SendTestEventNotificationRequest, wanted: Wanted
) -> Trial:
    """Send a made-up event at once, and say whether it arrived.

    Refusals are those of the operation of the same name in the present API.
    """
    return successors.trial(tx, requester, request.test_event_type, wanted)

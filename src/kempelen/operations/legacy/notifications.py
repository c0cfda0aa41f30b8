"""SetHITTypeNotification: a new notification begins inactive, while the present API's is active."""

from typing import Any

from kempelen.api.legacy import Nothing
from kempelen.api.notifications import UpdateNotificationSettingsRequest
from kempelen.domain.people import Requester
from kempelen.operations import notifications as notification_operations
from kempelen.operations import registry
from kempelen.operations.registry import OLDER_ONLY, operation
from kempelen.store import notifications
from kempelen.store.tx import Tx

_MODERN = registry.of(notification_operations.update_notification_settings)


@operation(writes=True, prepare=_MODERN.prepare, protocols=OLDER_ONLY)
def set_hit_type_notification(
    tx: Tx, requester: Requester, request: UpdateNotificationSettingsRequest, wanted: Any
) -> Nothing:
    """Set up, replace, switch on or off the notification of a HIT type; as the present API else.

    Refusals are those of UpdateNotificationSettings.
    """
    is_new = notifications.is_active(tx, request.hit_type_id) is None
    _MODERN.run(tx, requester, request, wanted)
    if is_new and request.active is None:
        notifications.activate(tx, request.hit_type_id, is_active=False)
    return Nothing()

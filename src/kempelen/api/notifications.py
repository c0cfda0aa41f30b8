"""Requests and responses of the operations that set up and try notifications of events."""

from kempelen.api import types
from kempelen.api.shape import Shape


class UpdateNotificationSettingsRequest(Shape, frozen=True, kw_only=True):
    """What a HIT type's notifications are to be like; at least one optional member is needed."""

    hit_type_id: types.EntityId
    notification: types.NotificationSpecification | None = None
    active: bool | None = None


class UpdateNotificationSettingsResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""


class SendTestEventNotificationRequest(Shape, frozen=True, kw_only=True):
    """The event to pretend, and where to send it."""

    notification: types.NotificationSpecification
    test_event_type: types.EventType


class SendTestEventNotificationResponse(Shape, frozen=True, kw_only=True):
    """Nothing."""

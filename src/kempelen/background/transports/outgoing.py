"""The outgoing client of a transport, with the places that the settings permit."""

from kempelen.egress import Egress
from kempelen.settings import Settings, SettingsError


def client(settings: Settings, *places: str) -> Egress:
    """A client for what the settings allow and some places more; SettingsError."""
    try:
        return Egress([*settings.egress.allow, *places])
    except ValueError as error:
        message = (
            f"The setting egress.allow has {str(error)!r}. Write hosts, addresses, networks such "
            "as 10.1.0.0/16, each with or without :PORT, or :PORT."
        )
        raise SettingsError(message) from None

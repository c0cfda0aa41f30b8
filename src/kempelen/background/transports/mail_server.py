"""The site's mail server: hands over one letter by SMTP, within ten seconds."""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from kempelen.clock import monotonic
from kempelen.domain.notification import DeliveryFailed
from kempelen.egress import CONNECT_SECONDS, TOTAL_SECONDS
from kempelen.settings import Settings

TLS_PORT = 465
_SUBJECT_LENGTH_MAX = 200
_LASTING_REFUSALS = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A plain text for one address; a letter that is sent twice has the same Message-ID."""

    to: str
    subject: str
    body: str
    message_id: str


def send(settings: Settings, letter: Letter) -> None:
    """Hand a letter to the mail server; DeliveryFailed when it does not take it."""
    server = settings.smtp
    until = monotonic() + TOTAL_SECONDS
    try:
        with _connected(server.host, server.port, until) as connection:
            connection.ehlo_or_helo_if_needed()
            _secure(connection)
            if server.user:
                _sign_in(connection, server.user, server.password)
            connection.send_message(_message(settings, letter))
    except smtplib.SMTPRecipientsRefused:
        raise DeliveryFailed(
            "the mail server refused the address", is_about_document=True
        ) from None
    except smtplib.SMTPDataError as error:
        # It listened to all of the letter: a lasting refusal is about this one.
        raise DeliveryFailed(
            f"the mail server answered {error.smtp_code}",
            is_about_document=error.smtp_code >= _LASTING_REFUSALS,
        ) from None
    except smtplib.SMTPResponseException as error:
        raise DeliveryFailed(f"the mail server answered {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        # The library says of a time-out that the connection was closed.
        is_late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        reason = "the mail server did not answer in time"
        raise DeliveryFailed(reason if is_late else "no connection to the mail server") from None


class _Hurried(smtplib.SMTP):
    """A connection whose every command ends with the time for all of them."""

    def __init__(self, host: str, port: int, until: float) -> None:
        self._until = until
        super().__init__(host, port, timeout=CONNECT_SECONDS)

    def getreply(self) -> tuple[int, bytes]:
        """Wait for an answer, as long as there is time."""
        if self.sock is not None:
            left = self._until - monotonic()
            if left <= 0:
                self.close()
                raise TimeoutError
            self.sock.settimeout(left)
        return super().getreply()


class _HurriedTLS(_Hurried):
    """The same, with TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> ssl.SSLSocket:
        plain = socket.create_connection((host, port), timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _connected(host: str, port: int, until: float) -> smtplib.SMTP:
    kind = _HurriedTLS if port == TLS_PORT else _Hurried
    return kind(host, port, until)


def _secure(connection: smtplib.SMTP) -> None:
    """Switch to TLS when the server can and the connection is not secure yet."""
    if isinstance(connection.sock, ssl.SSLSocket) or not connection.has_extn("starttls"):
        return
    connection.starttls(context=ssl.create_default_context())
    connection.ehlo()


def _sign_in(connection: smtplib.SMTP, user: str, password: str) -> None:
    if not isinstance(connection.sock, ssl.SSLSocket):
        raise DeliveryFailed("the mail server has no TLS, so that nobody signs in there")
    connection.login(user, password)


def _message(settings: Settings, letter: Letter) -> EmailMessage:
    host = settings.smtp.host
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.smtp.sender or f"kempelen@{host}"
    message["To"] = letter.to
    # Header lines must not be made by whoever wrote the text.
    subject = " ".join(letter.subject.split())[:_SUBJECT_LENGTH_MAX]
    message["Subject"] = "".join(mark for mark in subject if mark.isprintable())
    message["Message-ID"] = f"<{letter.message_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message

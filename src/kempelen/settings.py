"""Every setting of an installation: one frozen tree, read from a TOML file and the environment.

The names are those of docs/reference/settings.md; each has a default that is safe for a single
machine. How values are read and checked is in `configuration`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from kempelen import configuration
from kempelen.configuration import SettingsError

__all__ = ["Settings", "SettingsError", "is_loopback", "load"]

CONFIGURATION_FILE = Path("kempelen.toml")
_POSTGRESQL = ("postgresql://", "postgres://")
S3_SCHEME = "s3://"
_MEDIA_TYPE = re.compile(r"[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*)")
_ACTIVE_TYPE = re.compile(r"html|xml|svg|script|x-sh|octet-stream|x-msdownload")


@dataclass(frozen=True, kw_only=True, slots=True)
class Compat:
    """How close to the reference service the defaults are."""

    profile: Literal["self-hosted", "reference"] = "self-hosted"
    """`reference` changes the defaults of `fees.enabled` to true and `billing.mode` to prepaid."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PostgreSQL:
    """How a PostgreSQL server is used, when `database` is the address of one."""

    connections: int = 16
    """How many connections one process opens at most."""
    prepared_statements: bool = True
    """Prepare statements; false behind a pooler that does not know of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Auth:
    """Whose signed requests are accepted."""

    any_region: bool = True
    """Accept any region in the credential scope; otherwise only us-east-1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pagination:
    """How lists end."""

    trailing_empty_page: bool = True
    """Send NextToken with every page that is not empty, as the reference service does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignments:
    """How assignments are shown to requesters."""

    include_deadline: bool = True
    """Show Deadline in Assignment structures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Billing:
    """Whether balances limit what requesters publish."""

    mode: Literal["unlimited", "prepaid"] = "unlimited"
    """The default for new requesters; one that is added with a balance is prepaid in any case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fees:
    """What the site charges on rewards and bonuses."""

    enabled: bool = False
    """Charge the reference service's fees; otherwise every fee is 0."""
    premium: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    """An extra rate per QualificationTypeId, such as 0.05."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bonus:
    """Limits of bonuses."""

    max_amount: Decimal | None = None
    """The highest single bonus, in dollars; none without a value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateExpiration:
    """Details of UpdateExpirationForHIT."""

    allow_shorten: bool = False
    """Accept a future ExpireAt before the present expiration."""
    strict_token: bool = False
    """Refuse a repeated ExpireAt as a duplicate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OverrideRejection:
    """Details of ApproveAssignment."""

    strict: bool = False
    """Refuse OverrideRejection for work that was not rejected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewPolicies:
    """Details of review policies."""

    unknown_parameters: Literal["error", "ignore"] = "error"
    """What happens with a parameter that the policy does not know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Questions:
    """Limits of question documents."""

    max_bytes: int = 65_535
    """The size of one Question in bytes of UTF-8."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExternalQuestion:
    """Which addresses an ExternalQuestion may have."""

    allow_http: bool = False
    """Accept http on loopback and private hosts; true by itself while `app_base_url` is local."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Limits of answers."""

    max_bytes: int = 4_194_304
    """The size of one answer document in bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerClasses:
    """Who does HITs that say nothing of worker classes."""

    default: Literal["human", "agent", "simulated", "any"] = "human"
    """The class of workers who may find and accept HITs that ask for no class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """The worker API."""

    human_work_tokens: bool = False
    """Let tokens of human accounts accept and submit, not only read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExternalSubmit:
    """What frames post."""

    mode: Literal["staged", "direct"] = "staged"
    """`direct` submits at once, without the worker's page; for closed installations and tests."""
    allow_get: bool = False
    """Treat GET like POST, for very old pages."""
    max_bytes: int = 4_194_304
    """The size of one post in bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Frames that show requesters' pages."""

    preview_worker_id: bool = False
    """Send `workerId` in previews too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Blobs:
    """Where bytes are kept that do not belong into the database."""

    location: str = "kempelen-files/"
    """A folder, beside the database unless the path is absolute, or s3://BUCKET/PREFIX."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Uploads:
    """Files that workers send as answers."""

    enabled: bool = False
    """Accept files in answers, and FileUploadAnswer in questions of the schema of 2005-10-01."""
    max_file_bytes: int = 104_857_600
    """The size of one file in bytes."""
    max_assignment_bytes: int = 524_288_000
    """The size of all files of one submission in bytes."""
    max_worker_day_bytes: int = 1_073_741_824
    """The size of all files that a worker may send in a day, UTC."""
    max_total_bytes: int = 53_687_091_200
    """The size of all files that are kept at a time."""
    types: tuple[str, ...] = ("image/*", "audio/*", "video/*", "application/pdf", "text/plain")
    """Media types, told from the content; pages, scripts and programs are refused in any case."""
    scanner: str = ""
    """A command that is given a file's path and accepts it with exit code 0, such as clamdscan."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Smtp:
    """The server that takes outgoing mail."""

    host: str = ""
    """The name of the mail server; without one no mail is sent."""
    port: int = 587
    """Its port: 465 speaks TLS from the first byte, any other switches to TLS when it can."""
    user: str = ""
    """The name to sign in with; without one nobody signs in."""
    password: str = field(default="", metadata={"is_secret": True})
    """The password to sign in with; it is sent over TLS only."""
    sender: str = ""
    """The address that mail comes from; without one it is kempelen@ and the mail server's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notifications:
    """Where events may be sent."""

    webhooks: bool = False
    """Let requesters name an https address as Destination, with the Transport SNS."""
    endpoints: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Other SQS- and SNS-compatible servers: an address for `sqs`, `sns` or both."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """What the server may connect to for requesters."""

    allow: tuple[str, ...] = ()
    """Hosts, addresses, networks and ports beyond the public Internet at port 443."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """Details of decisions."""

    reversal_days: int = 30
    """How many days after its submission rejected work can still be approved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Legacy:
    """The older API: versions up to 2014-08-15."""

    enabled: bool = True
    """Serve it; by itself only while `listen` and `app_base_url` are of this machine."""
    soap: bool = True
    """Also answer SOAP 1.1."""
    signature_versions: str = "0,1,2"
    """Which signatures are accepted; 0, the documented one, protects no parameters."""
    clock_skew_seconds: int = 900
    """How far a request's time may be from the server's; 0 for any."""
    require_tls: bool = False
    """Refuse calls that did not come over TLS, as far as the server or its proxy can tell."""
    boolean_style: Literal["historic", "words"] = "historic"
    """`words` writes true and false where the service wrote 1 and 0."""
    deprecated_statistics: Literal["answer", "refuse"] = "answer"
    """`refuse` the three statistics that the service gave up in 2016."""
    review_sample_keys: bool = False
    """Also show review results under the older keys of the documentation's sample."""
    notification_batch_ms: int = 0
    """Wait so long for further events of the HIT type, and tell ten in one REST or SOAP message."""
    notification_retries: int = 0
    """How often a REST or SOAP message that did not arrive is sent again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How often things may be done."""

    aws_api: bool = False
    """Serve each requester 50 readings and 20 writings a second, and refuse the rest for now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Qualifications:
    """Details of qualifications."""

    masters_id_strict: bool = False
    """Know Masters by the id of this kind of marketplace only, production or sandbox."""
    score_returns_revoked: bool = False
    """Let GetQualificationScore show revoked qualifications instead of refusing them."""
    allow_foreign_types: bool = False
    """Let HITs require active qualification types of other requesters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All settings of one installation."""

    listen: str = "127.0.0.1:8800"
    """Address and port of the server."""
    database: str = "kempelen.db"
    """The SQLite file, plain or as sqlite:///FILE; or postgresql://USER@HOST:PORT/NAME."""
    secret_key: str = field(default="", metadata={"is_secret": True})
    """Seals secrets and signs tokens; made at the first start and kept beside the database."""
    app_base_url: str = "http://127.0.0.1:8800"
    """Where workers and requesters reach the server; follows `listen` when it is not set."""
    insecure_ok: bool = False
    """Allow plain HTTP on an address that other machines reach."""
    sandbox: bool = False
    """This marketplace is a sandbox: no money moves."""
    worker_site_name: str = "Kempelen"
    """The name in page headers and mails."""
    marketplace_notice: str = ""
    """A text in the header of every page."""
    enforce_nine_assignment_rule: bool = True
    """A HIT created with fewer than 10 assignments cannot reach 10."""
    max_assigned_per_worker: int = 25
    """How many HITs a worker may hold at a time."""
    daily_accept_limit: int = 0
    """How many HITs a worker may accept in a day; 0 for any number."""
    submit_grace_seconds: int = 10
    """How long after the deadline a submission is still accepted."""
    staged_hold_seconds: int = 900
    """How long after the deadline answers that arrived in time may be confirmed."""
    auto_accept_next: bool = False
    """Whether a new worker's pages accept the next HIT of a group after each submission."""
    compat: Compat = Compat()
    postgresql: PostgreSQL = PostgreSQL()
    auth: Auth = Auth()
    pagination: Pagination = Pagination()
    assignments: Assignments = Assignments()
    billing: Billing = Billing()
    fees: Fees = field(default_factory=Fees)
    bonus: Bonus = Bonus()
    update_expiration: UpdateExpiration = UpdateExpiration()
    override_rejection: OverrideRejection = OverrideRejection()
    review_policies: ReviewPolicies = ReviewPolicies()
    questions: Questions = Questions()
    external_question: ExternalQuestion = ExternalQuestion()
    answers: Answers = Answers()
    worker_classes: WorkerClasses = WorkerClasses()
    api: Api = Api()
    external_submit: ExternalSubmit = ExternalSubmit()
    frame: Frame = Frame()
    blobs: Blobs = Blobs()
    uploads: Uploads = Uploads()
    review: Review = Review()
    smtp: Smtp = Smtp()
    notifications: Notifications = field(default_factory=Notifications)
    egress: Outgoing = Outgoing()
    legacy: Legacy = Legacy()
    limits: Limits = Limits()
    qualifications: Qualifications = Qualifications()

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.listen.rpartition(":")[2])

    @property
    def is_on_postgresql(self) -> bool:
        """Whether the database is on a PostgreSQL server; otherwise it is a file."""
        return self.database.startswith(_POSTGRESQL)

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.database_address)

    @property
    def blobs_location(self) -> str:
        """The absolute folder, or the s3:// address, of what is kept outside of the database."""
        location = self.blobs.location
        if location.startswith(S3_SCHEME):
            return location
        beside = Path() if "://" in self.database_address else self.database_path.parent
        return str((beside / location).absolute())

    @property
    def database_address(self) -> str:
        """The database without the scheme of an SQLite file."""
        return self.database.removeprefix("sqlite:///")

    @property
    def database_shown(self) -> str:
        """The database as it may be shown to anybody: an address without its password."""
        return configuration.without_password(self.database)

    @property
    def secret_key_path(self) -> Path:
        """Where the secret key is kept when no setting gives it: beside the database, or here."""
        if not self.is_on_postgresql:
            return self.database_path.with_name(f"{self.database_path.name}.key")
        name = urlsplit(self.database).path.strip("/") or "kempelen"
        return Path(f"{name.replace('/', '-')}.postgresql.key")


def load(
    path: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """Read the settings; SettingsError says which one is wrong and what it may be.

    `overrides` are those of the command line, by dotted name; they win over the environment,
    which wins over the file.
    """
    values = configuration.gather(Settings, path, environ)
    values.update(overrides or {})
    settings = configuration.build(Settings, values)
    _check_listen(settings.listen)
    _check_database(settings.database)
    _check_uploads(settings)
    _check_signature_versions(settings.legacy.signature_versions)
    return _with_dependent_defaults(settings, values)


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _with_dependent_defaults(settings: Settings, values: Mapping[str, object]) -> Settings:
    if "app_base_url" not in values:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        settings = replace(settings, app_base_url=f"http://{host}:{settings.port}")
    settings = replace(settings, app_base_url=settings.app_base_url.rstrip("/"))
    if "external_question.allow_http" not in values:
        is_local = is_loopback(urlsplit(settings.app_base_url).hostname or "")
        settings = replace(settings, external_question=ExternalQuestion(allow_http=is_local))
    if "legacy.enabled" not in values:
        hosts = (urlsplit(settings.app_base_url).hostname or "", settings.host)
        is_here = all(map(is_loopback, hosts))
        settings = replace(settings, legacy=replace(settings.legacy, enabled=is_here))
    if settings.compat.profile == "reference":
        if "fees.enabled" not in values:
            settings = replace(settings, fees=replace(settings.fees, enabled=True))
        if "billing.mode" not in values:
            settings = replace(settings, billing=Billing(mode="prepaid"))
    return settings


def _check_listen(listen: str) -> None:
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:  # noqa: PLR2004
        message = f"The setting listen is {listen!r}. Write ADDRESS:PORT, such as 127.0.0.1:8800."
        raise SettingsError(message)


def _check_database(database: str) -> None:
    is_address = "://" in database
    is_known = database.startswith(("sqlite:///", *_POSTGRESQL))
    if not database or (is_address and not is_known):
        message = (
            f"The setting database is {configuration.without_password(database)!r}. Write "
            "sqlite:///FILE, or just FILE; or postgresql://USER@HOST:PORT/NAME for PostgreSQL."
        )
        raise SettingsError(message)


def _check_uploads(settings: Settings) -> None:
    location = settings.blobs.location
    bucket = location.removeprefix(S3_SCHEME).partition("/")[0]
    if not location or ("://" in location and not (location.startswith(S3_SCHEME) and bucket)):
        message = (
            f"The setting blobs.location is {location!r}. Write the path of a folder, or"
            " s3://BUCKET/PREFIX."
        )
        raise SettingsError(message)
    for media_type in settings.uploads.types:
        if not _MEDIA_TYPE.fullmatch(media_type) or _ACTIVE_TYPE.search(media_type):
            message = (
                f"The setting uploads.types names {media_type!r}. Name media types such as"
                " image/png or audio/*; what a browser could run is never accepted."
            )
            raise SettingsError(message)


def _check_signature_versions(versions: str) -> None:
    if not {version.strip() for version in versions.split(",")} <= {"0", "1", "2"}:
        message = (
            f"The setting legacy.signature_versions is {versions!r}. Write those of 0, 1 and 2 "
            "that are accepted, with commas between them."
        )
        raise SettingsError(message)

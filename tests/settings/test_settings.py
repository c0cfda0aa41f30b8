"""The settings of an installation: defaults, defaults that depend on others, and addresses."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from kempelen import configuration, settings
from kempelen.settings import Settings, SettingsError


def load(**values: object) -> Settings:
    """Settings as the command line gives them; `billing__mode` is `billing.mode`."""
    return settings.load(
        None, {}, {name.replace("__", "."): value for name, value in values.items()}
    )


def test_without_values_everything_has_its_default() -> None:
    """Except what follows from others: on the loopback interface, http pages are accepted."""
    chosen = settings.load(None, {})
    assert chosen.external_question.allow_http is True
    for name, item in configuration.known(Settings).items():
        if name != "external_question.allow_http":
            assert value_of(chosen, name) == item.default


def test_defaults_are_safe_for_one_machine() -> None:
    chosen = settings.load(None, {})
    assert settings.is_loopback(chosen.host)
    assert not chosen.insecure_ok
    assert chosen.external_submit.mode == "staged"
    assert chosen.worker_classes.default == "human"
    assert not chosen.api.human_work_tokens


def test_later_places_win(tmp_path: Path) -> None:
    """The command line over the environment over the file."""
    path = tmp_path / "kempelen.toml"
    path.write_text(
        'database = "file.db"\nsubmit_grace_seconds = 1\nworker_site_name = "File"\n',
        encoding="utf-8",
    )
    environ = {"KEMPELEN_DATABASE": "environ.db", "KEMPELEN_SUBMIT_GRACE_SECONDS": "2"}
    chosen = settings.load(path, environ, {"database": "line.db"})
    assert (chosen.database, chosen.submit_grace_seconds, chosen.worker_site_name) == (
        "line.db",
        2,
        "File",
    )


def test_every_setting_is_read_from_its_variable() -> None:
    """Each by itself, with a value other than its default."""
    for name, item in configuration.known(Settings).items():
        text = another_value(item)
        chosen = settings.load(None, {item.variable: text})
        assert value_of(chosen, name) != item.default, name


@pytest.mark.parametrize(
    ("listen", "host", "port", "url"),
    [
        ("127.0.0.1:8800", "127.0.0.1", 8800, "http://127.0.0.1:8800"),
        ("localhost:0", "localhost", 0, "http://localhost:0"),
        ("[::1]:80", "::1", 80, "http://[::1]:80"),
        ("market.example:65535", "market.example", 65535, "http://market.example:65535"),
    ],
)
def test_the_address_of_the_site_follows_listen(
    listen: str, host: str, port: int, url: str
) -> None:
    chosen = load(listen=listen)
    assert (chosen.host, chosen.port, chosen.app_base_url) == (host, port, url)


def test_a_given_address_of_the_site_stays_without_its_last_slash() -> None:
    chosen = load(listen="127.0.0.1:9000", app_base_url="https://work.example.org/")
    assert chosen.app_base_url == "https://work.example.org"


@pytest.mark.parametrize(
    "listen", ["", "8800", ":8800", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "h:65536", "h:-1"]
)
def test_listen_is_an_address_and_a_port(listen: str) -> None:
    with pytest.raises(SettingsError, match=r"Write ADDRESS:PORT, such as 127\.0\.0\.1:8800"):
        load(listen=listen)


@pytest.mark.parametrize(
    ("database", "path"),
    [
        ("market.db", "market.db"),
        ("/srv/market.db", "/srv/market.db"),
        ("sqlite:///market.db", "market.db"),
        ("sqlite:////srv/market.db", "/srv/market.db"),
    ],
)
def test_the_database_is_a_file(database: str, path: str) -> None:
    assert load(database=database).database_path == Path(path)


@pytest.mark.parametrize("database", ["", "postgresql://host/market", "mysql://host/market"])
def test_another_database_is_refused(database: str) -> None:
    with pytest.raises(SettingsError, match="write sqlite:///FILE, or just FILE"):
        load(database=database)


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({"app_base_url": "http://localhost:8800"}, True),
        ({"app_base_url": "https://work.example.org"}, False),
        ({"listen": "192.0.2.7:8800"}, False),
        ({"app_base_url": "https://w.example", "external_question.allow_http": True}, True),
        ({"external_question.allow_http": False}, False),
    ],
)
def test_http_pages_are_accepted_while_the_site_is_local(
    values: dict[str, object], *, allowed: bool
) -> None:
    assert settings.load(None, {}, values).external_question.allow_http is allowed


def test_the_reference_profile_charges_fees_and_asks_for_money_first() -> None:
    chosen = load(compat__profile="reference")
    assert (chosen.fees.enabled, chosen.billing.mode) == (True, "prepaid")


def test_the_reference_profile_gives_way_to_what_is_set() -> None:
    chosen = load(compat__profile="reference", fees__enabled=False, billing__mode="unlimited")
    assert (chosen.fees.enabled, chosen.billing.mode) == (False, "unlimited")


def test_the_reference_profile_keeps_other_fees() -> None:
    chosen = settings.load(
        None, {"KEMPELEN_COMPAT_PROFILE": "reference", "KEMPELEN_FEES_PREMIUM": "2ABC=0.05"}
    )
    assert chosen.fees.enabled
    assert chosen.fees.premium == {"2ABC": Decimal("0.05")}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("0.0.0.0", False),  # noqa: S104 - is told apart, not listened on
        ("::", False),
        ("192.168.1.4", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_loopback_addresses_are_told_apart(host: str, *, expected: bool) -> None:
    assert settings.is_loopback(host) is expected


def value_of(chosen: object, name: str) -> object:
    for part in name.split("."):
        chosen = getattr(chosen, part)
    return chosen


def another_value(item: configuration.Known) -> str:
    """A text for the environment that means something else than the default."""
    special: Mapping[str, str] = {
        "listen": "127.0.0.1:9000",
        "compat.profile": "reference",
        "billing.mode": "prepaid",
        "fees.premium": "2ABC=0.05",
        "review_policies.unknown_parameters": "ignore",
        "worker_classes.default": "any",
        "external_submit.mode": "direct",
        "external_question.allow_http": "true",
        "uploads.types": "image/png",
        "legacy.signature_versions": "1,2",
        "legacy.boolean_style": "words",
        "legacy.deprecated_statistics": "refuse",
    }
    if item.name in special:
        return special[item.name]
    if isinstance(item.default, bool):
        return str(not item.default)
    return "12345" if isinstance(item.default, int) or item.default is None else "another"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("kempelen-files/", "/srv/pilot/kempelen-files"),
        ("../files", "/srv/pilot/../files"),
        ("/var/lib/files", "/var/lib/files"),
        ("s3://bucket/some/prefix", "s3://bucket/some/prefix"),
    ],
)
def test_files_are_kept_beside_the_database(given: str, expected: str) -> None:
    chosen = load(database="/srv/pilot/kempelen.db", blobs__location=given)
    assert chosen.blobs_location == expected


@pytest.mark.parametrize("location", ["", "s3://", "s3:///prefix", "https://example.org/x"])
def test_places_where_no_files_can_be(location: str) -> None:
    with pytest.raises(SettingsError, match=r"blobs\.location"):
        load(blobs__location=location)


@pytest.mark.parametrize(
    "media_type",
    ["text/html", "image/svg+xml", "application/xml", "png", "*/*", "image/", "Image/Png"],
)
def test_types_that_are_never_taken(media_type: str) -> None:
    with pytest.raises(SettingsError, match=r"uploads\.types names"):
        load(uploads__types=("image/png", media_type))


def test_a_list_of_types() -> None:
    chosen = settings.load(None, {"KEMPELEN_UPLOADS_TYPES": "image/png, application/zip"})
    assert chosen.uploads.types == ("image/png", "application/zip")

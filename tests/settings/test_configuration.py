"""Values from file and environment: every type, who wins, and what a refusal says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pytest

from kempelen import configuration
from kempelen.configuration import SettingsError

TABLE = "a table of names and numbers (NAME=NUMBER,NAME=NUMBER in the environment)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    mode: Literal["plain", "fancy"] = "plain"
    limit: Decimal | None = None
    rates: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    name: str = "unnamed"
    password: str = field(default="", metadata={"is_secret": True})
    count: int = 3
    price: Decimal = Decimal("0.5")
    is_open: bool = False
    branch: Branch = field(default_factory=Branch)


def from_text(**texts: str) -> Tree:
    """The tree as the environment sets it; `branch__mode` is `branch.mode`."""
    environ = {f"KEMPELEN_{name.upper().replace('__', '_')}": text for name, text in texts.items()}
    return configuration.build(Tree, configuration.gather(Tree, None, environ))


def from_toml(path: Path, text: str, environ: Mapping[str, str] | None = None) -> Tree:
    path.write_text(text, encoding="utf-8")
    return configuration.build(Tree, configuration.gather(Tree, path, environ or {}))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kempelen.toml"


def refusal(**texts: str) -> str:
    with pytest.raises(SettingsError) as refused:
        from_text(**texts)
    return str(refused.value)


def test_without_values_there_are_defaults() -> None:
    assert from_text() == Tree()


def test_known_settings_have_names_variables_and_defaults() -> None:
    known = configuration.known(Tree)
    assert list(known) == [
        "name",
        "password",
        "count",
        "price",
        "is_open",
        "branch.mode",
        "branch.limit",
        "branch.rates",
    ]
    assert known["branch.limit"].variable == "KEMPELEN_BRANCH_LIMIT"
    assert known["count"].default == 3
    assert known["branch.rates"].default == {}
    assert [item.name for item in known.values() if item.is_secret] == ["password"]


def test_the_environment_gives_every_type() -> None:
    made = from_text(
        name="Lab",
        count="7",
        price="0.25",
        is_open="yes",
        branch__mode="fancy",
        branch__limit="12.50",
        branch__rates="A=0.05, B = 1,",
    )
    assert made == Tree(
        name="Lab",
        count=7,
        price=Decimal("0.25"),
        is_open=True,
        branch=Branch(
            mode="fancy",
            limit=Decimal("12.50"),
            rates={"A": Decimal("0.05"), "B": Decimal(1)},
        ),
    )


def test_a_file_gives_every_type(file: Path) -> None:
    made = from_toml(
        file,
        """
        name = "Lab"
        count = 7
        price = 0.25
        is_open = true
        [branch]
        mode = "fancy"
        limit = 12
        [branch.rates]
        A = 0.05
        B = "1"
        """,
    )
    assert made == Tree(
        name="Lab",
        count=7,
        price=Decimal("0.25"),
        is_open=True,
        branch=Branch(
            mode="fancy", limit=Decimal(12), rates={"A": Decimal("0.05"), "B": Decimal(1)}
        ),
    )


def test_the_environment_wins_over_the_file(file: Path) -> None:
    environ = {"KEMPELEN_COUNT": "9", "KEMPELEN_BRANCH_MODE": "fancy"}
    made = from_toml(file, 'count = 7\nname = "Lab"\n', environ)
    assert (made.count, made.name, made.branch.mode) == (9, "Lab", "fancy")


@pytest.mark.parametrize("word", ["true", "on", "yes", "1", "TRUE", " On "])
def test_words_for_true(word: str) -> None:
    assert from_text(is_open=word).is_open is True


@pytest.mark.parametrize("word", ["false", "off", "no", "0", "False"])
def test_words_for_false(word: str) -> None:
    assert from_text(is_open=word).is_open is False


@pytest.mark.parametrize("word", ["", "none"])
def test_words_for_no_value(word: str) -> None:
    assert from_text(branch__limit=word).branch.limit is None


def test_a_table_is_not_changed_by_anybody() -> None:
    rates = from_text(branch__rates="A=1").branch.rates
    assert isinstance(rates, MappingProxyType)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            {"count": "many"},
            "The setting count is 'many'. It must be a whole number, 0 or more.",
        ),
        ({"count": "-1"}, "The setting count is '-1'. It must be a whole number, 0 or more."),
        ({"count": "1.5"}, "The setting count is '1.5'. It must be a whole number, 0 or more."),
        ({"price": "cheap"}, "The setting price is 'cheap'. It must be a number, 0 or more."),
        ({"price": "NaN"}, "The setting price is 'NaN'. It must be a number, 0 or more."),
        ({"price": "-0.5"}, "The setting price is '-0.5'. It must be a number, 0 or more."),
        ({"is_open": "maybe"}, "The setting is_open is 'maybe'. It must be true or false."),
        (
            {"branch__mode": "Fancy"},
            "The setting branch.mode is 'Fancy'. It must be plain or fancy.",
        ),
        (
            {"branch__limit": "much"},
            "The setting branch.limit is 'much'. It must be a number, 0 or more, or none.",
        ),
        (
            {"branch__rates": "A"},
            f"The setting branch.rates is 'A'. It must be {TABLE}.",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_what_it_may_be(texts: dict[str, str], expected: str) -> None:
    assert refusal(**texts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count = true", "The setting count is True. It must be a whole number, 0 or more."),
        ("count = 1.5", "The setting count is 1.5. It must be a whole number, 0 or more."),
        ("name = 5", "The setting name is 5. It must be a text."),
        ("price = inf", "The setting price is inf. It must be a number, 0 or more."),
        ("price = true", "The setting price is True. It must be a number, 0 or more."),
        ("is_open = 2", "The setting is_open is 2. It must be true or false."),
        ("branch = 1", "There is no setting branch. Did you mean branch.mode?"),
        ("[count]\nx = 1", "The setting count is {'x': 1}. It must be a whole number, 0 or more."),
    ],
)
def test_a_wrong_value_in_a_file_is_refused(file: Path, text: str, expected: str) -> None:
    with pytest.raises(SettingsError) as refused:
        from_toml(file, text)
    assert str(refused.value).removeprefix(f"{file}: ") == expected


def test_a_wrong_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        configuration.build(Tree, {"password": 12345})
    assert str(refused.value) == "The setting password is (hidden). It must be a text."


def test_an_unknown_variable_is_refused_with_the_nearest() -> None:
    assert refusal(counts="1") == (
        "There is no setting for the environment variable KEMPELEN_COUNTS. "
        "Did you mean KEMPELEN_COUNT?"
    )


def test_an_unknown_name_in_a_file_is_refused_with_the_nearest(file: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        from_toml(file, "[branch]\nmodes = 1\n")
    assert str(refused.value) == (
        f"{file}: There is no setting branch.modes. Did you mean branch.mode?"
    )


def test_an_unknown_name_far_from_all_has_no_hint() -> None:
    with pytest.raises(SettingsError) as refused:
        configuration.build(Tree, {"zzzzzzzz": 1})
    assert str(refused.value) == "There is no setting zzzzzzzz."


@pytest.mark.parametrize(
    "variable",
    ["KEMPELEN_CONFIG", "KEMPELEN_FAILPOINT", "KEMPELEN_CHROMIUM", "KEMPELEN_TEST_ANY", "PATH"],
)
def test_variables_that_are_no_settings_are_left_alone(variable: str) -> None:
    assert configuration.gather(Tree, None, {variable: "x"}) == {}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.toml"
    with pytest.raises(SettingsError, match=r"elsewhere.toml cannot be read: .*No such file"):
        configuration.gather(Tree, path, {})


@pytest.mark.parametrize("data", [b"count = ", b"name = '\xff'"])
def test_a_file_that_is_no_toml_is_refused(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(SettingsError, match=r"cannot be read: .*Correct or remove it"):
        configuration.gather(Tree, file, {})


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_secret_in_a_file_that_others_can_use_is_refused(file: Path, mode: int) -> None:
    file.write_text('password = "geheim"\n', encoding="utf-8")
    file.chmod(mode)
    with pytest.raises(SettingsError) as refused:
        configuration.gather(Tree, file, {})
    assert str(refused.value) == (
        f"{file} holds password, which is a secret, and others can read the file. "
        f"Run: chmod 600 {file}"
    )


def test_a_secret_in_a_file_of_its_owner_is_taken(file: Path) -> None:
    file.touch(mode=0o600)
    assert from_toml(file, 'password = "geheim"\n').password == "geheim"


def test_a_file_without_secrets_may_be_read_by_all(file: Path) -> None:
    file.touch()
    file.chmod(0o644)
    assert from_toml(file, "count = 1\n").count == 1

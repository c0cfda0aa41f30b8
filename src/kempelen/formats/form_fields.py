"""The input fields of a requester's HTML, as far as they can be told without running it.

For programs that answer without a browser. Scripts may add, rename and fill fields, so what is
found here is a help, never an authority.
"""

import json
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from kempelen.formats import html

RESERVED: Final = frozenset({"assignmentId", "hitId", "turkSubmitTo", "workerId"})
FIELDS_MAX: Final = 1000
CAPTIONS_MAX: Final = 16
_CONTROLS: Final = {
    "radio": "radio",
    "checkbox": "checkbox",
    "hidden": "hidden",
    "file": "file",
    "number": "number",
    "range": "range",
}
_BUTTONS: Final = frozenset({"submit", "button", "image", "reset"})
_NO_TEXT: Final = frozenset({"script", "style", "template", "textarea", "title"})
_OPTION_BEARING: Final = ("categories", "labels")


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldOption:
    """One of the values that a field offers."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FormField:
    """One field; `control` is the kind of its input, or the name of a crowd element."""

    name: str
    control: str
    label: str
    required: bool
    options: tuple[FieldOption, ...]


@dataclass(slots=True)
class _Caption:
    """A text that is being read, for the inputs inside it or the one it is for."""

    element: str
    target_id: str = ""
    parts: list[str] = field(default_factory=list)
    inside: "list[_Choice | _Control]" = field(default_factory=list)


@dataclass(slots=True)
class _Choice:
    value: str
    label: str = ""


@dataclass(slots=True)
class _Control:
    name: str
    control: str
    is_required: bool
    label: str = ""
    choices: list[_Choice] = field(default_factory=list)


def fields(content: str) -> tuple[FormField, ...]:
    """The named fields of an HTML template in document order, buttons and reserved names aside."""
    reader = _Reader(content)
    try:
        for token in html.tokens(content):
            reader.read(token)
    except html.CutOffError:
        pass
    return tuple(
        FormField(
            name=control.name,
            control=control.control,
            label=control.label,
            required=control.is_required,
            options=tuple(
                FieldOption(value=choice.value, label=choice.label) for choice in control.choices
            ),
        )
        for control in reader.finished()
    )


class _Reader:
    """Reads tokens one by one; what it knows of the tree is which captions are open."""

    def __init__(self, content: str) -> None:
        self.content = content
        self.controls: dict[tuple[str, str], _Control] = {}
        self.by_id: dict[str, _Choice | _Control] = {}
        self.label_for: dict[str, str] = {}
        self.open: list[_Caption] = []
        self.silent = ""
        self.legend = ""
        self.select: _Control | None = None

    def read(self, token: html.Token) -> None:
        if token.kind is html.Kind.TEXT:
            if self.open and not self.silent:
                text = unescape(self.content[token.start : token.end])
                for caption in self.open:
                    caption.parts.append(text)
        elif token.kind is html.Kind.START_TAG:
            self.start(token)
        elif token.kind is html.Kind.END_TAG:
            self.end(token.name)

    def start(self, token: html.Token) -> None:
        name = token.name
        if name in _NO_TEXT:
            self.silent = name
        if name in ("label", "legend"):
            self.caption(_Caption(name, _value(token, "for")))
        elif name == "input":
            self.input(token)
        elif name in ("select", "textarea"):
            self.select = self.control(token, name)
        elif name == "option":
            self.close("option")
            if self.select is not None:
                self.option(token, self.select)
        elif name.startswith("crowd-") and name not in ("crowd-form", "crowd-button"):
            self.crowd_element(token)

    def end(self, name: str) -> None:
        if name == self.silent:
            self.silent = ""
        if name == "select":
            self.close("option")
            self.select = None
        elif name == "fieldset":
            self.legend = ""
        else:
            self.close(name)

    def input(self, token: html.Token) -> None:
        kind = _value(token, "type").lower()
        if kind in _BUTTONS:
            return
        control = self.control(token, _CONTROLS.get(kind, "text"))
        if control is not None and kind in ("radio", "checkbox"):
            self.choice(token, control, _value(token, "value", "on"))

    def choice(self, token: html.Token, control: _Control, value: str) -> _Choice:
        """A further value of a group; its caption is its own, the legend is the group's."""
        choice = _Choice(value)
        control.choices.append(choice)
        control.label = control.label or self.legend
        self.captioned(token, choice)
        return choice

    def option(self, token: html.Token, select: _Control) -> None:
        given = token.attribute("value")
        choice = _Choice("" if given is None else given.value)
        select.choices.append(choice)
        caption = _Caption("option", inside=[choice])
        if given is None:
            # Without a value attribute, the text is the value.
            caption.target_id = "value"
        self.caption(caption)

    def crowd_element(self, token: html.Token) -> None:
        control = self.control(token, token.name)
        if control is None:
            return
        control.label = control.label or _value(token, "label") or _value(token, "header")
        if token.name in ("crowd-checkbox", "crowd-radio-button", "crowd-toggle-button"):
            choice = self.choice(token, control, _value(token, "value", "on"))
            self.caption(_Caption(token.name, inside=[choice]))
        for name in _OPTION_BEARING:
            for text in _listed(_value(token, name)):
                control.choices.append(_Choice(text, text))

    def control(self, token: html.Token, kind: str) -> _Control | None:
        """The field of an element, shared by the radio buttons or check boxes of one name."""
        name = _value(token, "name")
        if not name or name in RESERVED or len(self.controls) >= FIELDS_MAX:
            return None
        control = self.controls.setdefault((name, kind), _Control(name, kind, is_required=False))
        control.is_required |= token.attribute("required") is not None
        if kind not in ("radio", "checkbox"):
            self.captioned(token, control)
        return control

    def caption(self, opened: _Caption) -> None:
        """Begin to read a caption; those never closed must not make every text costly."""
        if len(self.open) < CAPTIONS_MAX:
            self.open.append(opened)

    def captioned(self, token: html.Token, wanted: "_Choice | _Control") -> None:
        """Let the label around an element, or the one for its id, name it."""
        element_id = _value(token, "id")
        if element_id:
            self.by_id.setdefault(element_id, wanted)
        for caption in self.open:
            if caption.element == "label" and not caption.target_id:
                caption.inside.append(wanted)

    def close(self, element: str) -> None:
        """The text of a caption is complete."""
        if not any(caption.element == element for caption in self.open):
            return
        while True:
            caption = self.open.pop()
            text = " ".join("".join(caption.parts).split())
            if caption.element == "legend":
                self.legend = text
            elif caption.element == "label" and caption.target_id:
                self.label_for[caption.target_id] = text
            for named in caption.inside:
                named.label = named.label or text
                if caption.element == "option" and caption.target_id and isinstance(named, _Choice):
                    named.value = text
            if caption.element == element:
                return

    def finished(self) -> list[_Control]:
        for element_id, text in self.label_for.items():
            named = self.by_id.get(element_id)
            if named is not None:
                named.label = named.label or text
        return list(self.controls.values())


def _value(token: html.Token, name: str, default: str = "") -> str:
    found = token.attribute(name)
    return default if found is None else found.value


def _listed(text: str) -> list[str]:
    """The items of a list attribute, which authors write as JSON or with single quotes."""
    for attempt in (text, text.replace("'", '"')):
        try:
            items = json.loads(attempt)
        except ValueError:
            continue
        if isinstance(items, list):
            named = [item.get("label") if isinstance(item, dict) else item for item in items]
            return [item for item in named if isinstance(item, str)]
    return []

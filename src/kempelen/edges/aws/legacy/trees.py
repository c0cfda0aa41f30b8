"""The parameters of a SOAP request, by name; repeated elements are lists, nested ones parts."""

from kempelen.formats.soap import Node


class Tree:
    """The elements at one level of a SOAP request."""

    def __init__(self, node: Node) -> None:
        """Keep the element around them."""
        self._children = node.children

    def texts(self, name: str) -> list[str]:
        """The texts of all elements of this name that have one."""
        return [
            child.text
            for child in self._children
            if child.name == name and child.text and not child.children
        ]

    def text(self, name: str) -> str | None:
        """The text of the first of them."""
        return next(iter(self.texts(name)), None)

    def parts(self, name: str) -> list["Tree"]:
        """The elements of this name that have elements."""
        return [Tree(child) for child in self._children if child.name == name and child.children]

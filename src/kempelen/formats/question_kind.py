"""Which of the three question documents a text is, told by its root element alone.

For texts that were admitted before; nothing is checked here.
"""

import re
from typing import Final

from kempelen.domain.question import QuestionKind

# The declaration, comments and white space before the root are passed over without a way back.
_ROOT: Final = re.compile(
    r"\ufeff?(?>\s+|<\?(?s:.)*?\?>|<!--(?s:.)*?-->)*+"
    r"<(?:[\w.-]+:)?(QuestionForm|HTMLQuestion|ExternalQuestion)[\s/>]"
)


def of(document: str) -> QuestionKind | None:
    """The kind of a question document; None when its beginning does not tell."""
    root = _ROOT.match(document)
    return None if root is None else QuestionKind(root.group(1))

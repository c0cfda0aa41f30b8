"""Write the texts of the first revision from the tables; with --check only say if they differ.

Until the first release there is one revision, and it follows the tables. From then on a released
revision never changes, and a change of the tables is a new one.
"""

import sys
from pathlib import Path

from kempelen.store import schema
from kempelen.store.statement import POSTGRESQL, SQLITE

FOLDER = Path(__file__).parent.parent / "src" / "kempelen" / "store" / "migrations" / "versions"


def main() -> int:
    """Write both files; returns 1 when --check found a difference."""
    is_check = "--check" in sys.argv
    differs = False
    for engine in (SQLITE, POSTGRESQL):
        path = FOLDER / f"r0001.{engine}.sql"
        texts = [text.strip() for text in schema.creation(engine)]
        wanted = "".join(f"{text}\n;;\n" for text in texts[:-1])
        differs |= not path.exists() or path.read_text(encoding="utf-8") != wanted
        if not is_check:
            path.write_text(wanted, encoding="utf-8")
    return int(is_check and differs)


if __name__ == "__main__":
    sys.exit(main())

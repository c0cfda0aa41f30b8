"""Write constraints.txt: the version of every package that is installed in the environment."""

import re
from importlib.metadata import distributions
from pathlib import Path

TARGET = Path(__file__).parent.parent / "constraints.txt"
OURS = {"kempelen", "pip", "setuptools", "wheel"}
HEADER = "# The versions that the tests ran with. Written by `make constraints`; do not edit.\n"


def main() -> None:
    """Pin everything but ourselves and the installer."""
    pins = {
        re.sub(r"[-_.]+", "-", item.metadata["Name"]).lower(): item.version
        for item in distributions()
    }
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items()) if name not in OURS]
    TARGET.write_text(HEADER + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

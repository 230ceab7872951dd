"""Print the run-time dependencies of pyproject.toml pinned to their lower bounds, for pip -c."""

import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in project["dependencies"]:
    print(requirement.partition(",")[0].replace(">=", "=="))

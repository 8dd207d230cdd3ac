"""The scripts that compute what the pages of the documentation show."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts" / "pages"))

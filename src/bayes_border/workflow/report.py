"""What is written when the report alone is asked for?"""

from __future__ import annotations

from bayes_border.workflow import reanalyse
from bayes_border.workflow.request import Request
from bayes_border.workflow.result import Result


def run(request: Request) -> Result:
    """Write the report of a study."""
    return reanalyse.run(request)

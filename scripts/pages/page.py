"""How do computed tables get into a page of the documentation, and stay right there?"""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def block(text: str, name: str) -> str:
    """Return what a page holds between `<!-- begin NAME -->` and `<!-- end NAME -->`."""
    return text[slice(*_span(text, name))]


def with_block(text: str, name: str, content: str) -> str:
    """Return the page with another content of the block."""
    start, end = _span(text, name)
    return text[:start] + content + text[end:]


def _span(text: str, name: str) -> tuple[int, int]:
    found = re.search(rf"<!-- begin {name} -->\n(.*?)<!-- end {name} -->", text, flags=re.DOTALL)
    if found is None:
        message = f"the page has no block {name!r}"
        raise ValueError(message)
    return found.span(1)


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def update(page: str, blocks: dict[str, str]) -> None:
    """Write the blocks into a page of `docs/`."""
    path = DOCS / page
    text = path.read_text(encoding="utf-8")
    for name, content in blocks.items():
        text = with_block(text, name, content)
    path.write_text(text, encoding="utf-8")

"""What the paper printed: tables, footers, shares and claims, as strings."""

from bayes_border.published.printed import Printed
from bayes_border.published.published import Cell, Footer, Published, Shares
from bayes_border.published.reader import load_published, published_names

__all__ = ["Cell", "Footer", "Printed", "Published", "Shares", "load_published", "published_names"]

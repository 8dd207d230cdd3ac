"""Does a set say what it is?"""

import numpy as np
import pytest

from bayes_border.gmm.inference.confidence_set import ConfidenceSet, SetShape

INF = float("inf")


@pytest.mark.parametrize(
    ("pieces", "shape", "says"),
    [
        ((), SetShape.EMPTY, "every value is rejected"),
        (((1.0, 2.0),), SetShape.INTERVAL, "[1, 2]"),
        (((1.0, INF),), SetShape.HALF_LINE, "[1, inf]"),
        (((-INF, 1.0), (2.0, INF)), SetShape.UNION, "[-inf, 1] and [2, inf]"),
        (((-INF, INF),), SetShape.WHOLE_LINE, "do not bound"),
    ],
)
def test_shape_and_sentence_follow_from_the_pieces(pieces, shape, says):
    found = ConfidenceSet(pieces, 0.9)
    assert found.shape is shape
    assert says in found.sentence
    assert found.sentence.startswith("90 % set is")


def test_membership_is_of_the_pieces_and_ends_of_their_hull():
    found = ConfidenceSet(((-INF, 1.0), (2.0, 3.0)), 0.9)
    assert 1.0 in found
    assert 1.5 not in found
    assert (found.lower, found.upper) == (-INF, 3.0)
    assert np.isnan([ConfidenceSet((), 0.9).lower, ConfidenceSet((), 0.9).upper]).all()

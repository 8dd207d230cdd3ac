"""How many panels does each check of an estimator, and a calibration, simulate where nobody says?"""

from __future__ import annotations

from typing import Final

from bayes_border.vocabulary import TruthSource

#: A calibration's, by where its truths come from. From the prior they show a bias of a fifth of a posterior sd; around
#: a posterior each fit has twice the rows, and the pool of truths must grow with their number.
OF_CALIBRATION: Final = {TruthSource.PRIOR: 1000, TruthSource.POSTERIOR: 200}
#: A placebo's or a power's: of a recipe, and of a model, which takes a second a panel.
OF_RECIPE: Final = 1000
OF_MODEL: Final = 100
#: A resolution's: a recipe estimates each 121 times a window, once an effect and size, and a model, with fewer of
#: these, 19 times.
RESOLUTION: Final = 200
MODEL_RESOLUTION: Final = 30

#: In a reanalysis, which asks every recipe: under a null on which no verdict rests; with truths from our own posterior,
#: for which our own models' stored power has as many; an effect and size; of the search for the nearest recipe.
OTHER_NULLS: Final = 200
POWER: Final = 300
QUICK_RESOLUTION: Final = 60
SEARCH: Final = 60

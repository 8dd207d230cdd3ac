"""What every test of user panels starts from: the study, and a small file without fault."""

import pytest

from bayes_border.spec.reader import load_study_spec

SMALL = """province,year,growth,fai,is,bo
Gansu,2001,9.8,460.37,1.003,0.057
Gansu,2002,9.9,526.24,1.026,0.059
Gansu,2003,11.3,619.82,1.031,0.078
Gansu,2004,10.9,733.94,1.014,0.088
Yunnan,2001,6.8,738.23,0.968,0.076
Yunnan,2002,9.0,814.41,1.012,0.078
Yunnan,2003,8.8,1000.12,1.018,0.084
Yunnan,2004,10.3,1291.54,0.994,0.099
"""


@pytest.fixture(scope="session")
def spec():
    return load_study_spec("li_shi_border")


@pytest.fixture
def small():
    return SMALL

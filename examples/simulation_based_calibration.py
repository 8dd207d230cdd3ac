"""Does the flagship's inference find truths that are drawn from its own prior? Simulation-based calibration."""

import bayes_border as bb

study = bb.load_study("li_shi_border")

# Some twenty fits, to see how it is done; a thousand to believe it. With `path` a store is kept, and gone on with.
found = bb.sbc("coherent_break", study.panel(), simulations=20, seed=1)
print(found.verdict.summary, "\n")

table = found.verdict.table().sort_values("p_value")
columns = ["quantity", "p_value", "p_adjusted", "coverage", "lower_band", "upper_band", "mean_z", "contraction"]
print(table[columns].head().to_string(index=False, float_format="{:.2f}".format))

"""Does the flagship reproduce how much growth moves from year to year? A posterior predictive check by hand."""

import numpy as np

import bayes_border as bb

study = bb.load_study("li_shi_border")
fit = bb.fit("coherent_break", study.panel(), seed=1)

print(bb.check(fit)[0].observed)  # the convergence gate comes first

observed = fit.tree["observed_data"]["dg"].values
replicated = bb.posterior_predictive(fit)["dg"].stack(panel=("chain", "draw")).transpose("panel", "row").values

for name, statistic in {"sd": np.std, "smallest": np.min, "largest": np.max}.items():
    draws = statistic(replicated, axis=1)
    low, high = np.quantile(draws, [0.05, 0.95])
    share = np.mean(draws >= statistic(observed))
    print(f"{name:9} observed {statistic(observed):6.2f}   replicated {low:6.2f} to {high:6.2f}   P(>=) {share:.2f}")

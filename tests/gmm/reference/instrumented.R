# Makes instrumented.json of this folder from official.csv; the tests read it and never run R.
# Equation (3) of nine provinces, 2001-2020, without intercept, rows by province and year; instruments: the differenced
# regressors and their products. Needs R with gmm, AER, sandwich and jsonlite (Debian's are recent enough).
#   cd tests/gmm/reference && Rscript instrumented.R

suppressPackageStartupMessages({
  library(gmm)
  library(AER)
  library(sandwich)
  library(jsonlite)
})

levels <- read.csv("official.csv")
xs <- c("lnFAI", "IS", "BO")
rows <- do.call(rbind, lapply(split(levels, levels$unit), function(u) {
  data.frame(unit = u$unit[-1], year = u$year[-1], y = diff(u$growth), sapply(u[xs], diff))
}))
x <- as.matrix(rows[xs])
X <- cbind(x, rows$y * x)
colnames(X) <- c(xs, paste0("y", xs))
pairs <- which(upper.tri(diag(3), diag = TRUE), arr.ind = TRUE)
Z <- cbind(x, apply(pairs, 1, function(p) x[, p[1]] * x[, p[2]]))
colnames(Z) <- c(xs, apply(pairs, 1, function(p) paste(xs[p[1]], xs[p[2]], sep = "_")))
y <- rows$y

# Two-stage least squares and its clustered and robust errors.
iv <- ivreg(y ~ X - 1 | Z - 1)
se <- function(v) unname(sqrt(diag(v)))
two_stage <- list(
  coefficients = unname(coef(iv)),
  se_unadjusted = se(vcov(iv)),
  se_hc0 = se(vcovHC(iv, type = "HC0")),
  se_clustered_cr0 = se(vcovCL(iv, cluster = rows$unit, type = "HC0", cadjust = FALSE)),
  se_clustered_cr1 = se(vcovCL(iv, cluster = rows$unit, type = "HC1", cadjust = TRUE)),
  se_clustered_year_cr0 = se(vcovCL(iv, cluster = rows$year, type = "HC0", cadjust = FALSE)),
  se_two_way_cr0 = se(vcovCL(iv, cluster = rows[c("unit", "year")], type = "HC0", cadjust = FALSE, multi0 = FALSE))
)

# Limited-information maximum likelihood in base R: kappa is the smallest root of |W1 - kappa W| = 0.
residual <- function(A, B) if (ncol(B) == 0) A else A - B %*% solve(crossprod(B), crossprod(B, A))
endogenous <- cbind(y, X[, 4:6])
W1 <- crossprod(residual(endogenous, x))
W <- crossprod(residual(endogenous, Z))
kappa <- min(Re(eigen(solve(W) %*% W1, only.values = TRUE)$values))
Xk <- X - kappa * residual(X, Z)
liml <- list(kappa = kappa, coefficients = unname(drop(solve(crossprod(Xk, X), crossprod(Xk, y)))))

# HAC-GMM. R's bw = b + 1 is linearmodels' bandwidth b for Bartlett and Parzen; the quadratic spectral's are equal.
hac <- function(kernel, bw, type, centred = FALSE) {
  fit <- gmm(y ~ X - 1, ~ Z - 1, type = type, vcov = "HAC", kernel = kernel, bw = bw, prewhite = FALSE,
             centeredVcov = centred, crit = 1e-14, itermax = 2000)
  test <- as.numeric(specTest(fit)$test)
  list(kernel = kernel, bw = bw, steps = type, centred = centred, coefficients = unname(coef(fit)),
       se = se(vcov(fit)), j = test[1], p = test[2])
}
kernel_weights <- list(
  bartlett_1 = hac("Bartlett", 2, "twoStep"),
  bartlett_3 = hac("Bartlett", 4, "twoStep"),
  bartlett_3_centred = hac("Bartlett", 4, "twoStep", centred = TRUE),
  bartlett_3_iterated = hac("Bartlett", 4, "iterative"),
  parzen_3 = hac("Parzen", 4, "twoStep"),
  quadratic_spectral_3 = hac("Quadratic Spectral", 3, "twoStep")
)
white <- gmm(y ~ X - 1, ~ Z - 1, type = "twoStep", vcov = "MDS", centeredVcov = FALSE)
robust_weights <- list(coefficients = unname(coef(white)), se = se(vcov(white)), j = as.numeric(specTest(white)$test)[1])

write_json(
  list(
    program = sprintf("gmm %s, AER %s, sandwich %s, %s", packageVersion("gmm"), packageVersion("AER"),
                      packageVersion("sandwich"), R.version.string),
    made = format(Sys.time(), "%Y-%m-%d", tz = "UTC"),
    equation = "y = growth differenced; regressors lnFAI, IS, BO differenced and y times each; no intercept",
    instruments = colnames(Z),
    n_obs = length(y),
    two_stage_least_squares = two_stage,
    limited_information = liml,
    robust_weights = robust_weights,
    kernel_weights = kernel_weights
  ),
  "instrumented.json", digits = NA, auto_unbox = TRUE, pretty = TRUE
)

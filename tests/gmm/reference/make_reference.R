# Makes empluk.csv and plm.json of this folder; the tests read those and never run R.
# Needs R with plm 2.6-7 (development commit 708b421; Debian's 2.6-2 ignores `fsm`) and jsonlite.
#   Rscript make_reference.R

library(plm)
library(jsonlite)
data("EmplUK", package = "plm")
write.csv(
  EmplUK[, c("firm", "year", "sector", "emp", "wage", "capital", "output")],
  "empluk.csv", row.names = FALSE, quote = FALSE
)

A <- log(emp) ~ lag(log(emp), 1:2) + lag(log(wage), 0:1) + lag(log(capital), 0:2) + lag(log(output), 0:2) |
  lag(log(emp), 2:99)
B <- log(emp) ~ lag(log(emp), 1:2) + lag(log(wage), 0:1) + log(capital) + lag(log(output), 0:1) |
  lag(log(emp), 2:99)
S <- log(emp) ~ log(wage) + log(capital) + log(output) |
  lag(log(wage), 2:4) + lag(log(capital), 2:4) | log(output)

fits <- list(
  arellano_bond_a1 = pgmm(A, data = EmplUK, effect = "twoways", model = "onestep"),
  arellano_bond_a2 = pgmm(A, data = EmplUK, effect = "twoways", model = "twosteps"),
  arellano_bond_b = pgmm(B, data = EmplUK, effect = "twoways", model = "twosteps"),
  static_collapsed = pgmm(S, data = EmplUK, effect = "individual", model = "twosteps", collapse = TRUE)
)

describe <- function(fit) {
  robust <- vcovHC(fit)
  test <- sargan(fit, "twosteps")
  list(
    call = paste(deparse(fit$call), collapse = " "),
    n_obs = sum(unlist(residuals(fit)) != 0),
    n_instruments = ncol(fit$W[[1]]),
    coefficients = unname(coef(fit)),
    first_step = if (is.list(fit$coefficients)) unname(fit$coefficients[[1]]) else NULL,
    se_uncorrected = unname(sqrt(diag(vcov(fit)))),
    se_robust = unname(sqrt(diag(robust))),
    hansen = list(stat = unname(test$statistic), p = unname(test$p.value), df = unname(test$parameter)),
    m1 = unname(mtest(fit, order = 1, vcov = robust)$statistic),
    m2 = unname(mtest(fit, order = 2, vcov = robust)$statistic)
  )
}

formulas <- list("A (a1, a2)" = A, "B (b)" = B, "static" = S)
write_json(
  list(
    program = paste("R plm::pgmm", packageVersion("plm")),
    formulas = lapply(formulas, function(f) paste(deparse(f), collapse = " ")),
    models = lapply(fits, describe)
  ),
  "plm.json", digits = NA, auto_unbox = TRUE, null = "null", pretty = TRUE
)

# Makes specification.json of this folder: Sargan's form and m1, m2, m3 of columns a1, a2 and b of Table 4 of
# Arellano and Bond (1991), with the plain and the robust covariance. The tests read it and never run R.
# Needs R with plm (2.6-2 or later) and jsonlite.
#   Rscript make_specification.R

library(plm)
library(jsonlite)
data("EmplUK", package = "plm")

A <- log(emp) ~ lag(log(emp), 1:2) + lag(log(wage), 0:1) + lag(log(capital), 0:2) + lag(log(output), 0:2) |
  lag(log(emp), 2:99)
B <- log(emp) ~ lag(log(emp), 1:2) + lag(log(wage), 0:1) + log(capital) + lag(log(output), 0:1) |
  lag(log(emp), 2:99)

fits <- list(
  arellano_bond_a1 = pgmm(A, data = EmplUK, effect = "twoways", model = "onestep"),
  arellano_bond_a2 = pgmm(A, data = EmplUK, effect = "twoways", model = "twosteps"),
  arellano_bond_b = pgmm(B, data = EmplUK, effect = "twoways", model = "twosteps")
)

m <- function(fit, covariance) sapply(1:3, function(k) unname(mtest(fit, order = k, vcov = covariance)$statistic))

describe <- function(fit) {
  list(
    sargan = unname(sargan(fit, "onestep")$statistic),
    hansen = unname(sargan(fit, "twosteps")$statistic),
    m_robust = m(fit, vcovHC(fit)),
    m_plain = m(fit, vcov(fit))
  )
}

write_json(
  list(program = paste("R plm::pgmm", packageVersion("plm")), models = lapply(fits, describe)),
  "specification.json", digits = NA, auto_unbox = TRUE, pretty = TRUE
)

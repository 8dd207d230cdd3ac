# Makes more_plm.json of this folder from empluk.csv and official.csv; the tests read it and never run R.
# Needs R with jsonlite and plm 2.6-7 or later (Debian's 2.6-2 ignores `fsm` and has another m test).
#   cd tests/gmm/reference && Rscript more_plm.R

suppressPackageStartupMessages({ library(plm); library(jsonlite) })
stopifnot(packageVersion("plm") > "2.6.6")

empluk <- read.csv("empluk.csv")
official <- read.csv("official.csv")
complete <- as.integer(names(which(table(empluk$firm) == 9)))

# Every subset is a rule that the tests repeat in Python.
panels <- list(
  all = empluk,
  cut = subset(empluk, firm <= 60 & !(firm %% 4 == 0 & year > 1981)),
  gaps = subset(empluk, !(firm %% 3 == 0 & year == 1980)),
  wide_gaps = subset(empluk, !(firm %% 3 == 0 & year %in% c(1980, 1981)) & !(firm %% 5 == 1 & year == 1979)),
  nine = subset(empluk, firm %in% complete[1:9]),
  fourteen = empluk[empluk$firm %in% complete, ],
  provinces = official
)

# An equation by its name, as in the tests: left-hand side and regressors, GMM-style instruments, standard instruments.
gmm_style <- function(columns, first, last) paste(sprintf("lag(%s, %d:%d)", columns, first, last), collapse = " + ")
logs <- function(...) sprintf("log(%s)", c(...))
xs <- c("lnFAI", "IS", "BO")
dynamic <- "log(emp) ~ lag(log(emp), 1:2) + lag(log(wage), 0:1) + log(capital) + lag(log(output), 0:1)"
write_formula <- list(
  dynamic = function(first, last) paste(dynamic, "|", gmm_style("log(emp)", first, last)),
  predetermined = function(first, last) paste(
    dynamic, "|", gmm_style("log(emp)", first, last), "+", gmm_style(logs("wage", "capital"), 2, 3),
    "| lag(log(output), 0:1)"
  ),
  static = function(first, last) paste(
    "log(emp) ~ log(wage) + log(capital) + log(output) |", gmm_style(logs("wage", "capital"), first, last),
    "| log(output)"
  ),
  equation_3 = function(first, last) paste(
    "growth ~ lnFAI + IS + BO + WlnFAI + WIS + WBO |", gmm_style(xs, first, last), "| lnFAI + IS + BO"
  )
)

case <- function(panel, equation, lags, steps, twoways = FALSE, collapse = FALSE, fsm = "G") {
  list(panel = panel, equation = equation, lags = lags, steps = steps, twoways = twoways, collapse = collapse,
       fsm = fsm)
}
all <- c(2, 99)
cases <- list(
  dynamic_twoways_one = case("all", "dynamic", all, 1, twoways = TRUE),
  dynamic_individual_one = case("all", "dynamic", all, 1),
  dynamic_individual_two = case("all", "dynamic", all, 2),
  window_2_4 = case("all", "dynamic", c(2, 4), 2, twoways = TRUE),
  window_2_3 = case("all", "dynamic", c(2, 3), 2, twoways = TRUE),
  window_3_4 = case("all", "dynamic", c(3, 4), 1),
  collapsed_one = case("all", "dynamic", all, 1, twoways = TRUE, collapse = TRUE),
  collapsed_two = case("all", "dynamic", all, 2, twoways = TRUE, collapse = TRUE),
  collapsed_2_4 = case("all", "dynamic", c(2, 4), 2, collapse = TRUE),
  predetermined_one = case("all", "predetermined", all, 1, twoways = TRUE),
  predetermined_two = case("all", "predetermined", all, 2, twoways = TRUE),
  identity_one = case("all", "dynamic", all, 1, twoways = TRUE, fsm = "I"),
  identity_two = case("all", "dynamic", all, 2, twoways = TRUE, fsm = "I"),
  cut_two = case("cut", "dynamic", all, 2, twoways = TRUE),
  gaps_one = case("gaps", "dynamic", all, 1, twoways = TRUE),
  gaps_two = case("gaps", "dynamic", all, 2, twoways = TRUE),
  wide_gaps_two = case("wide_gaps", "dynamic", all, 2),
  static_full = case("all", "static", all, 2),
  static_full_twoways = case("all", "static", all, 2, twoways = TRUE),
  static_2_3 = case("all", "static", c(2, 3), 2),
  static_lag_1 = case("all", "static", c(1, 99), 2),
  static_gaps = case("gaps", "static", all, 2),
  nine_one = case("nine", "static", all, 1),
  nine_two = case("nine", "static", all, 2),
  nine_collapsed = case("nine", "static", c(2, 4), 2, collapse = TRUE),
  nine_dynamic = case("nine", "dynamic", all, 2),
  fourteen_two = case("fourteen", "static", all, 2),
  provinces_exact = case("provinces", "equation_3", c(2, 2), 2, collapse = TRUE),
  provinces_collapsed_one = case("provinces", "equation_3", c(2, 4), 1, collapse = TRUE),
  provinces_collapsed = case("provinces", "equation_3", c(2, 4), 2, collapse = TRUE),
  provinces_2_3_one = case("provinces", "equation_3", c(2, 3), 1),
  provinces_2_3 = case("provinces", "equation_3", c(2, 3), 2),
  provinces_full_one = case("provinces", "equation_3", all, 1),
  provinces_full = case("provinces", "equation_3", all, 2)
)

describe <- function(asked) {
  panel <- panels[[asked$panel]]
  said <- character(0)
  keep <- function(w) {
    said <<- c(said, conditionMessage(w))
    invokeRestart("muffleWarning")
  }
  withCallingHandlers({
    fit <- pgmm(
      as.formula(asked$formula), data = panel, index = names(panel)[1:2],
      effect = if (asked$twoways) "twoways" else "individual", model = c("onestep", "twosteps")[asked$steps],
      collapse = asked$collapse, fsm = asked$fsm
    )
    robust <- vcovHC(fit)
    hansen <- sargan(fit, "twosteps")
    found <- list(
      n_units = sum(sapply(fit$residuals, function(u) any(u != 0))),
      n_obs = sum(unlist(residuals(fit)) != 0),
      first_period = min(as.integer(rownames(fit$model[[1]]))),
      n_instruments = ncol(fit$W[[1]]),
      n_instruments_zero = sum(colSums(abs(do.call(rbind, fit$W))) == 0),
      names = names(coef(fit)),
      coefficients = unname(coef(fit)),
      first_step = if (is.list(fit$coefficients)) unname(fit$coefficients[[1]]) else NULL,
      variance_uncorrected = unname(diag(vcov(fit))),
      variance_robust = unname(diag(robust)),
      hansen = list(stat = unname(hansen$statistic), p = unname(hansen$p.value), df = unname(hansen$parameter)),
      form_at_first_weight = unname(sargan(fit, "onestep")$statistic) / length(fit$residuals),
      m = sapply(1:2, function(order) unname(mtest(fit, order = order, vcov = robust)$statistic))
    )
  }, warning = keep)
  c(found, list(singular = any(grepl("general inverse", said)), warnings = I(unique(said))))
}

answer <- function(asked) {
  asked$formula <- write_formula[[asked$equation]](asked$lags[1], asked$lags[2])
  c(asked, tryCatch(describe(asked), error = function(e) list(refused = conditionMessage(e))))
}

write_json(
  list(
    program = sprintf("plm %s (development version after 2.6-7, commit 708b421), MASS %s, %s",
                      packageVersion("plm"), packageVersion("MASS"), R.version.string),
    made = format(Sys.time(), "%Y-%m-%d", tz = "UTC"),
    notes = c(
      "variance_robust is the diagonal of vcovHC: after two steps Windmeijer's (2005) equation 3.3, which may be negative at a singular weight.",
      "hansen uses the second-step weight whatever the number of steps; plm counts instruments that are zero in every row (n_instruments_zero) in its degrees of freedom.",
      "form_at_first_weight is u'Z (Z'HZ)^- Z'u; plm's sargan(weights = 'onestep') is that times the number of units, which is no chi-squared statistic: Sargan's divides by the error variance instead.",
      "plm fills a panel up to every unit and year before it takes lags and differences: a missing year loses the rows whose difference or lag touches it, a lagged level that is missing is an instrument of zero, H keeps -1 between neighbouring calendar years only, and units left without a row still count as units when plm prints (n_units counts those with a row).",
      "fsm 'full' and 'GI' belong to system GMM; for differences plm takes 'G' (its default) and 'I' only."
    ),
    models = lapply(cases, answer)
  ),
  "more_plm.json", digits = NA, auto_unbox = TRUE, null = "null", na = "null", pretty = TRUE
)

# Makes inference.json of this folder from empluk.csv; the tests read it and never run R.
# Needs R with clubSandwich, sandwich, AER, plm and jsonlite; the versions used are in the file.
#   Rscript make_inference.R

suppressMessages({library(clubSandwich); library(sandwich); library(AER); library(plm); library(jsonlite)})
panel <- read.csv("empluk.csv")
panel <- panel[panel$firm %in% c(1:8, 127), ]
panel <- panel[order(panel$firm, panel$year), ]
panel <- transform(panel, emp = log(emp), wage = log(wage), capital = log(capital), output = log(output))
panel$first <- as.numeric(panel$firm == 1)
panel$trend <- panel$year - 1976

clustered <- function(fit, types) {
  found <- lapply(types, function(type) {
    V <- vcovCR(fit, cluster = panel$firm, type = type)
    test <- coef_test(fit, V, test = "Satterthwaite")
    list(vcov = unname(unclass(as.matrix(V))[seq_along(coef(fit)), ]), df = test$df_Satt)
  })
  names(found) <- types
  c(list(coefficients = unname(coef(fit))), found)
}

ols <- lm(emp ~ wage + capital + output, panel)
dummy <- lm(emp ~ wage + capital + output + first, panel)
iv <- ivreg(emp ~ wage + capital | capital + output + trend, data = panel)
aggregate_panel <- function(kernel, lag) {
  unname(vcovPL(ols, cluster = ~ firm, order.by = ~ year, kernel = kernel, lag = lag, aggregate = TRUE, adjust = FALSE))
}
kernels <- c(bartlett = "Bartlett", parzen = "Parzen")
residual <- pdata.frame(data.frame(firm = panel$firm, year = panel$year, e = residuals(ols)))$e
cd <- pcdtest(residual, test = "cd")

write_json(
  list(
    programs = sapply(c("clubSandwich", "sandwich", "AER", "plm"), function(p) as.character(packageVersion(p)), simplify = FALSE),
    least_squares = clustered(ols, c("CR0", "CR1S", "CR2", "CR3")),
    firm_dummy = clustered(dummy, "CR2"),
    two_stage = clustered(iv, c("CR0", "CR2", "CR3")),
    two_way = unname(vcovCL(ols, cluster = ~ firm + year, type = "HC1", multi0 = FALSE)),
    driscoll_kraay = lapply(kernels, aggregate_panel, lag = 2),
    cross_section = list(
      statistic = unname(cd$statistic), p_value = unname(cd$p.value),
      mean = unname(pcdtest(residual, test = "rho")$statistic),
      mean_absolute = unname(pcdtest(residual, test = "absrho")$statistic)
    )
  ),
  "inference.json", digits = NA, auto_unbox = TRUE, pretty = TRUE
)

# Times difference GMM of plm on a panel; `against_plm.py` runs it and reads what it prints.
#   Rscript against_plm.R PANEL.csv RUNS
# Prints one JSON object: wall-clock and processor seconds of pgmm alone and of pgmm with robust errors, J and m tests,
# the estimates and the versions.

suppressPackageStartupMessages(library(plm))
arguments <- commandArgs(trailingOnly = TRUE)
panel <- read.csv(arguments[1])
xs <- c("x1", "x2", "x3")
formula <- as.formula(paste(
  "y ~", paste(c(xs, paste0("w", 1:3)), collapse = " + "), "|",
  paste(sprintf("lag(%s, 2:99)", xs), collapse = " + "), "|", paste(xs, collapse = " + ")
))

clock <- function() {
  now <- proc.time()
  c(wall = now[["elapsed"]], processor = now[["user.self"]] + now[["sys.self"]])
}
alone <- inferred <- NULL
for (run in seq_len(as.integer(arguments[2]))) {
  started <- clock()
  fit <- suppressWarnings(
    pgmm(formula, data = panel, index = c("unit", "year"), effect = "individual", model = "twosteps")
  )
  alone <- rbind(alone, clock() - started)
  robust <- suppressWarnings(vcovHC(fit))
  j <- sargan(fit, "twosteps")$statistic
  m <- c(mtest(fit, 1, vcov = robust)$statistic, mtest(fit, 2, vcov = robust)$statistic)
  inferred <- rbind(inferred, clock() - started)
}

numbers <- function(x) sprintf("[%s]", paste(sprintf("%.17g", x), collapse = ", "))
members <- c(
  alone_wall = numbers(alone[, "wall"]), alone_processor = numbers(alone[, "processor"]),
  inferred_wall = numbers(inferred[, "wall"]), inferred_processor = numbers(inferred[, "processor"]),
  coefficients = numbers(coef(fit)), j = sprintf("%.17g", j), n_instruments = ncol(fit$W[[1]]),
  versions = sprintf("\"plm %s, %s, BLAS %s\"", packageVersion("plm"), R.version.string,
                     basename(extSoftVersion()[["BLAS"]]))
)
cat(sprintf("{%s}\n", paste(sprintf("\"%s\": %s", names(members), members), collapse = ", ")))

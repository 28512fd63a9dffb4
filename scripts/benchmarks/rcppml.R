# Rscript rcppml.R FILE K SEED THREADS ITERATIONS [ERROR]
# Runs RcppML's nmf on FILE (.npy of doubles in C order, or .csr as inputs.py writes it) and prints
# iterations,seconds,relative_error. With ERROR: of the shortest run, at most ITERATIONS long, that comes to it or
# below (within 5 % of its length), or NA. RcppML shows no errors and cannot continue, so each try is a run from
# the same start.
suppressMessages({library(Matrix); library(RcppML)})

read_npy <- function(path) {
  file <- file(path, "rb"); on.exit(close(file))
  readBin(file, "raw", 8)
  header <- rawToChar(readBin(file, "raw", readBin(file, "integer", 1, size = 2, endian = "little")))
  stopifnot(grepl("'<f8'", header), grepl("'fortran_order': False", header))
  header <- sub(".*'shape'", "", header)
  shape <- as.integer(regmatches(header, gregexpr("[0-9]+", header))[[1]])
  matrix(readBin(file, "double", prod(shape)), shape[1], shape[2], byrow = TRUE)
}

read_csr <- function(path) {
  file <- file(path, "rb"); on.exit(close(file))
  shape <- readBin(file, "integer", 3, size = 8)
  starts <- readBin(file, "integer", shape[1] + 1, size = 8)
  columns <- readBin(file, "integer", shape[3])
  values <- readBin(file, "double", shape[3])
  as(sparseMatrix(j = columns, p = starts, x = values, dims = shape[1:2], index1 = FALSE), "CsparseMatrix")
}

# From Gram matrices: exact enough for errors above 1e-4
relative_error <- function(X, model) {
  W <- model$w %*% diag(model$d)
  total <- if (is(X, "sparseMatrix")) sum(X@x^2) else sum(X^2)
  cross <- sum(as.matrix(Matrix::crossprod(X, W)) * t(model$h))
  squared <- total - 2 * cross + sum(crossprod(W) * tcrossprod(model$h))
  sqrt(max(squared, 0) / total)
}

try_run <- function(iterations) {
  seconds <- system.time(
    model <- nmf(X, k, tol = 1e-300, maxit = iterations, verbose = FALSE, seed = seed), gcFirst = TRUE)[["elapsed"]]
  list(iterations = iterations, seconds = seconds, error = relative_error(X, model))
}

# Doubles the length until the error is reached, then halves the gap.
shortest_run <- function(longest, wanted) {
  below <- 0
  length <- min(4, longest)
  repeat {
    found <- try_run(length)
    if (found$error <= wanted) break
    if (length >= longest) return(NULL)
    below <- length
    length <- min(2 * length, longest)
  }
  while (found$iterations - below > max(1, 0.05 * found$iterations)) {
    middle <- try_run((below + found$iterations) %/% 2)
    if (middle$error <= wanted) found <- middle else below <- middle$iterations
  }
  found
}

arguments <- commandArgs(TRUE)
X <- if (grepl("\\.npy$", arguments[1])) read_npy(arguments[1]) else read_csr(arguments[1])
k <- as.integer(arguments[2])
seed <- as.integer(arguments[3])
setRcppMLthreads(as.integer(arguments[4]))
longest <- as.integer(arguments[5])
result <- if (length(arguments) < 6) try_run(longest) else shortest_run(longest, as.numeric(arguments[6]))
cat("iterations,seconds,relative_error\n")
cat(if (is.null(result)) "NA,NA,NA" else sprintf("%d,%.4f,%.10f", result$iterations, result$seconds, result$error), "\n", sep = "")

# Writes the gene expressions of 189 tissue samples (samples x genes) as CSV with labels.
# usage: Rscript tissue.R OUTPUT.csv

output <- commandArgs(trailingOnly = TRUE)[1]
data(tissue_gene_expression, package = "dslabs")
expressions <- tissue_gene_expression$x
stopifnot(all(is.finite(expressions)), all(expressions >= 0))
write.csv(expressions, output)

# Writes MovieLens (users x films, ratings) as a Matrix Market file with its labels.
# usage: Rscript movielens.R PREFIX

prefix <- commandArgs(trailingOnly = TRUE)[1]
data(movielens, package = "dslabs")

users <- sort(unique(movielens$userId))
films <- movielens[!duplicated(movielens$movieId), c("movieId", "title")]
films <- films[order(films$movieId), ]
ratings <- data.frame(
  row = match(movielens$userId, users),
  column = match(movielens$movieId, films$movieId),
  value = movielens$rating
)
stopifnot(!duplicated(ratings[c("row", "column")]))
ratings <- ratings[order(ratings$row, ratings$column), ]

matrix_file <- file(paste0(prefix, ".mtx"), "w")
writeLines(c(
  "%%MatrixMarket matrix coordinate real general",
  "% MovieLens, from the R package dslabs: users x films, ratings from 0.5 to 5",
  paste(length(users), nrow(films), nrow(ratings))
), matrix_file)
writeLines(paste(ratings$row, ratings$column, ratings$value), matrix_file)
close(matrix_file)

writeLines(paste("user", users), paste0(prefix, ".rows.txt"))
titles <- ifelse(is.na(films$title), paste("film", films$movieId), films$title)
writeLines(enc2utf8(titles), paste0(prefix, ".columns.txt"), useBytes = TRUE)

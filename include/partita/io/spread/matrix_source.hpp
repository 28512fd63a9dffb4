#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"
#include "partita/data/blocks/local_entry.hpp"
#include "partita/io/spread/placement.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace partita {

/// A character that is found out from the first lines of a text table.
inline constexpr char kDetected = '\0';

/// Whether a text table has a header row (label column): found out, or stated by the user.
enum class Presence { detect, yes, no };
/// Which values a reader lets through; the others are an Error (bad_data) with their place.
enum class ValueRule {
  nonnegative,         ///< finite and not negative
  nonnegative_or_nan,  ///< the same, or NaN
  finite,              ///< neither NaN nor infinite
  finite_or_nan,
  any,
};

/// What a 0 is that a file states.
enum class StatedZeros {
  like_unstored,  ///< no more than an entry that is not stored: readers may leave it out
  observed,       ///< a value like others: it is delivered, and what can lack entries stays sparse
};

struct ReadOptions {
  bool transpose = false;  ///< read Xᵀ
  Presence header = Presence::detect;
  Presence row_labels = Presence::detect;
  /// Between the fields of a text table; ' ' is any run of blanks, kDetected is found out.
  char separator = kDetected;
  char decimal = kDetected;  ///< mark of text tables: '.', ',' or found out
  std::string dataset = {};  ///< path of the matrix inside a file that may hold several
  /// Names of the rows (columns) of the matrix in the file, before it is transposed: a text file,
  /// one a line. They replace those that the file has; empty for none.
  std::string rows_file = {};
  std::string columns_file = {};
  ValueRule values = ValueRule::nonnegative;
  StatedZeros zeros = StatedZeros::like_unstored;
  /// Text that one process reads and parses at a time, at most (but never less than one line).
  Index chunk_bytes = Index{1} << 22;
};

/// What is known of a matrix before it is read; of Xᵀ when that is what is asked for.
struct MatrixShape {
  Index rows = 0;
  Index columns = 0;
  /// Entries to be stored: rows * columns when dense, else what the file declares (twice that when
  /// it is symmetric, as every entry off the diagonal counts for two).
  Index stored = 0;
  bool sparse = false;
  bool has_row_labels = false;
  bool has_column_labels = false;
};

/// Names of rows and columns; empty when the file has none.
struct Labels {
  std::vector<std::string> rows;     ///< on process 0 only, once the matrix has been read
  std::vector<std::string> columns;  ///< on every process, once the matrix has been read
};

/// A rectangle of values: value (i, j) of rows x columns is values[i * row_step + j * column_step].
struct Tile {
  const double* values;
  Index rows;
  Index columns;
  Index row_step;
  Index column_step;
};

/// Takes the part of X that this process asked for; positions are local to that part.
class PartSink {
 public:
  virtual ~PartSink() = default;
  /// Entries in the order of the file; those at one position add up.
  virtual void add(std::span<const LocalEntry<double>> entries) = 0;
  /// Values of the rectangle whose first corner is (row, column); delivered once.
  virtual void set(Index row, Index column, const Tile& tile) = 0;
  /// Where the sink keeps these whole rows of the part, row by row without gaps; a reader may write
  /// them there instead of calling set(). Empty where it keeps them otherwise.
  [[nodiscard]] virtual std::span<double> place_of(Range /*rows*/) { return {}; }
};

/// How a file was understood, told to the person who gave it. On process 0 only.
struct Reading {
  /// Name and value, such as ("header", "yes"); what a format has no choice in is not listed.
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::string> warnings;  ///< each one line, without the name of the file
};

/// An opened matrix file: its shape is known, its values are not read yet.
class MatrixSource {
 public:
  virtual ~MatrixSource() = default;
  [[nodiscard]] virtual const MatrixShape& shape() const = 0;
  [[nodiscard]] virtual const Labels& labels() const = 0;
  [[nodiscard]] virtual const Reading& reading() const = 0;
  /// Delivers to every process the part of X that `placement` gives it. Collective over `world`,
  /// the communicator it was opened with; may be called again. No process holds more than its own
  /// part and bounded buffers. @throws Error (bad_data, input_output), the same on every process:
  /// of several faults, the first in the file.
  virtual void read(const Communicator& world, const Placement& placement, PartSink& sink) = 0;
  /// Entries delivered by the last read(), counted once for all copies, duplicates included; for
  /// dense formats rows * columns. Their excess over what the blocks store is the duplicates.
  [[nodiscard]] virtual Index entries() const = 0;
};

}  // namespace partita

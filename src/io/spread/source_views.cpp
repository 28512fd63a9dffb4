#include "io/spread/source_views.hpp"

#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace partita {

namespace {

/// Another matrix made of what a source delivers; says of itself what the source says.
class SourceView : public MatrixSource {
 public:
  explicit SourceView(std::unique_ptr<MatrixSource> source)
      : source_(std::move(source)), shape_(source_->shape()) {}

  [[nodiscard]] const MatrixShape& shape() const override { return shape_; }
  [[nodiscard]] const Labels& labels() const override { return source_->labels(); }
  [[nodiscard]] const Reading& reading() const override { return source_->reading(); }
  [[nodiscard]] Index entries() const override { return source_->entries(); }

 protected:
  [[nodiscard]] MatrixSource& source() { return *source_; }
  [[nodiscard]] MatrixShape& own_shape() { return shape_; }

 private:
  std::unique_ptr<MatrixSource> source_;
  MatrixShape shape_;
};

/// Hands on what is a number, entry by entry.
class NumbersOnly final : public PartSink {
 public:
  explicit NumbersOnly(PartSink& sink) : sink_(sink) {}

  void add(std::span<const LocalEntry<double>> entries) override {
    numbers_.clear();
    for (const LocalEntry<double>& entry : entries) take(entry);
    sink_.add(numbers_);
  }
  void set(Index row, Index column, const Tile& tile) override {
    for (Index i = 0; i < tile.rows; ++i) {
      numbers_.clear();
      for (Index j = 0; j < tile.columns; ++j) {
        take({static_cast<std::int32_t>(row + i), static_cast<std::int32_t>(column + j),
              tile.values[i * tile.row_step + j * tile.column_step]});
      }
      sink_.add(numbers_);
    }
  }

 private:
  void take(const LocalEntry<double>& entry) {
    if (!std::isnan(entry.value)) numbers_.push_back(entry);
  }

  PartSink& sink_;
  std::vector<LocalEntry<double>> numbers_;
};

class WithoutNan final : public SourceView {
 public:
  explicit WithoutNan(std::unique_ptr<MatrixSource> source) : SourceView(std::move(source)) {
    own_shape().sparse = true;
  }
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override {
    NumbersOnly numbers(sink);
    source().read(world, placement, numbers);
  }
};

/// Hands on other values than those delivered.
class OtherValues final : public PartSink {
 public:
  OtherValues(PartSink& sink, const ValueOf& value, Part part)
      : sink_(sink), value_(value), part_(part) {}

  void add(std::span<const LocalEntry<double>> entries) override {
    entries_.assign(entries.begin(), entries.end());
    for (LocalEntry<double>& entry : entries_) {
      entry.value =
          value_(part_.rows.begin + entry.row, part_.columns.begin + entry.column, entry.value);
    }
    sink_.add(entries_);
  }
  void set(Index row, Index column, const Tile& tile) override {
    values_.resize(static_cast<std::size_t>(tile.rows * tile.columns));
    for (Index i = 0; i < tile.rows; ++i) {
      for (Index j = 0; j < tile.columns; ++j) {
        values_[static_cast<std::size_t>(i * tile.columns + j)] =
            value_(part_.rows.begin + row + i, part_.columns.begin + column + j,
                   tile.values[i * tile.row_step + j * tile.column_step]);
      }
    }
    sink_.set(row, column, {values_.data(), tile.rows, tile.columns, tile.columns, 1});
  }

 private:
  PartSink& sink_;
  const ValueOf& value_;
  Part part_;
  std::vector<LocalEntry<double>> entries_;
  std::vector<double> values_;
};

class WithValues final : public SourceView {
 public:
  WithValues(std::unique_ptr<MatrixSource> source, ValueOf value)
      : SourceView(std::move(source)), value_(std::move(value)) {}
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override {
    OtherValues other(sink, value_, placement.part(world.rank()));
    source().read(world, placement, other);
  }

 private:
  ValueOf value_;
};

class WithNames final : public SourceView {
 public:
  WithNames(std::unique_ptr<MatrixSource> source, NamedSides replaced, Labels labels)
      : SourceView(std::move(source)), replaced_(replaced), labels_(std::move(labels)) {
    if (replaced_.rows) own_shape().has_row_labels = true;
    if (replaced_.columns) own_shape().has_column_labels = true;
  }
  [[nodiscard]] const Labels& labels() const override { return labels_; }
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override {
    source().read(world, placement, sink);
    // The names of a source are there once it has been read.
    if (!replaced_.rows) labels_.rows = source().labels().rows;
    if (!replaced_.columns) labels_.columns = source().labels().columns;
  }

 private:
  NamedSides replaced_;
  Labels labels_;
};

}  // namespace

std::unique_ptr<MatrixSource> without_nan(std::unique_ptr<MatrixSource> source) {
  return std::make_unique<WithoutNan>(std::move(source));
}

std::unique_ptr<MatrixSource> with_values(std::unique_ptr<MatrixSource> source, ValueOf value) {
  return std::make_unique<WithValues>(std::move(source), std::move(value));
}

std::unique_ptr<MatrixSource> with_names(std::unique_ptr<MatrixSource> source, NamedSides replaced,
                                         Labels labels) {
  return std::make_unique<WithNames>(std::move(source), replaced, std::move(labels));
}

}  // namespace partita

#include "job/stored_places.hpp"

#include "partita/io/spread/placement.hpp"
#include "partita/layout/block_distribution.hpp"

#include <algorithm>
#include <utility>

#include "comm/collectives.hpp"

namespace partita {

namespace {

/// Keeps the places of what is not zero.
class PlaceSink final : public PartSink {
 public:
  explicit PlaceSink(Index first_row) : first_row_(first_row) {}
  void add(std::span<const LocalEntry<double>> entries) override {
    for (const auto& entry : entries) keep(entry.row, entry.column, entry.value);
  }
  void set(Index row, Index column, const Tile& tile) override {
    for (Index i = 0; i < tile.rows; ++i) {
      for (Index j = 0; j < tile.columns; ++j) {
        keep(row + i, column + j, tile.values[i * tile.row_step + j * tile.column_step]);
      }
    }
  }
  [[nodiscard]] std::vector<MatrixPlace> take() { return std::move(places_); }

 private:
  void keep(Index row, Index column, double value) {
    if (value != 0) places_.push_back({first_row_ + row, column});
  }

  Index first_row_;
  std::vector<MatrixPlace> places_;
};

/// Places that one process sends at a time.
constexpr std::size_t kBatch = std::size_t{1} << 20;

}  // namespace

std::vector<MatrixPlace> read_stored_places(const Communicator& world, MatrixSource& source) {
  const BlockDistribution rows(source.shape().rows, world.size());
  std::vector<Part> parts;
  for (int process = 0; process < world.size(); ++process) {
    parts.push_back({rows.range(process), {0, source.shape().columns}});
  }
  PlaceSink sink(rows.range(world.rank()).begin);
  source.read(world, Placement(std::move(parts)), sink);
  return sink.take();
}

std::vector<MatrixPlace> sent_to_owners(const Communicator& world,
                                        std::span<const MatrixPlace> places, Index rows) {
  const BlockDistribution owners(rows, world.size());
  const auto rounds = max_over(world, static_cast<Index>((places.size() + kBatch - 1) / kBatch));
  std::vector<MatrixPlace> mine;
  for (Index round = 0; round < rounds; ++round) {
    const std::size_t begin = std::min(places.size(), static_cast<std::size_t>(round) * kBatch);
    const auto batch = places.subspan(begin, std::min(kBatch, places.size() - begin));
    std::vector<std::vector<Index>> outgoing(static_cast<std::size_t>(world.size()));
    for (const auto& [row, column] : batch) {
      auto& to = outgoing[static_cast<std::size_t>(owners.owner({row}))];
      to.push_back(row);
      to.push_back(column);
    }
    const std::vector<Index> incoming = exchange<Index>(world, outgoing);
    for (std::size_t e = 0; e < incoming.size(); e += 2) {
      mine.push_back({incoming[e], incoming[e + 1]});
    }
  }
  std::ranges::sort(mine);
  return mine;
}

}  // namespace partita

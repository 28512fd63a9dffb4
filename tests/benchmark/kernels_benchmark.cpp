// Rates of the local kernels on one core, next to what the core can do: its FMA peak and memory
// bandwidth, and a BLAS where one is linked (PARTITA_WITH_CBLAS), all measured in this very run.
// Run with --benchmark_filter=... to pick; rates are in the counters. PARTITA_BENCHMARK_CSR names a
// sparse matrix to measure instead of a made-up one: 64-bit rows, columns, stored and starts of
// rows, 32-bit columns, doubles.
#include "partita/data/tall_matrix.hpp"

#include <algorithm>
#include <array>
#include <benchmark/benchmark.h>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <optional>
#include <random>
#include <vector>

#include "data/blocks/sparse_builder.hpp"
#include "data/kernels/dense_products.hpp"
#include "data/kernels/peak.hpp"
#include "data/kernels/reductions.hpp"
#include "data/kernels/residual.hpp"
#include "data/kernels/sparse_products.hpp"
#include "update/hals.hpp"
#ifdef PARTITA_WITH_CBLAS
#include <cblas.h>
#endif

namespace partita {

namespace {

using benchmark::Counter;
using benchmark::State;

std::size_t size(Index count) {
  return static_cast<std::size_t>(count);
}

void set_rates(State& state, double flops, double bytes) {
  const auto rounds = static_cast<double>(state.iterations());
  if (flops > 0) state.counters["GF/s"] = Counter(flops * rounds * 1e-9, Counter::kIsRate);
  if (bytes > 0) state.counters["GB/s"] = Counter(bytes * rounds * 1e-9, Counter::kIsRate);
}

/// In memory as partita holds matrices: lines of cache and, where large, huge pages begin with it.
template <typename Real>
AlignedVector<Real> uniform(Index count, unsigned seed) {
  std::mt19937 random(seed);
  AlignedVector<Real> values(size(count));
  for (Real& value : values) value = static_cast<Real>(random()) * static_cast<Real>(0x1p-32);
  return values;
}

template <typename Real>
void fma_peak(State& state) {
  Real result = 1;
  double flops = 0;
  for (auto _ : state) {
    flops = kernels::multiply_add_chains(100000, &result);
    benchmark::DoNotOptimize(result);
  }
  set_rates(state, flops, 0);
}
BENCHMARK(fma_peak<double>);
BENCHMARK(fma_peak<float>);

/// Reads a vector too long for the caches, from four places at a time: one stream of reads alone
/// does not keep memory busy.
void memory_read(State& state) {
  constexpr std::size_t kStreams = 4;
  constexpr std::size_t kStep = 8;
  constexpr std::size_t kStream = (std::size_t{1} << 25) / kStreams;
  const auto values = uniform<double>(kStreams * kStream, 1);
  for (auto _ : state) {
    std::array<double, kStreams * kStep> sums{};
    for (std::size_t i = 0; i < kStream; i += kStep) {
      for (std::size_t s = 0; s < kStreams; ++s) {
        for (std::size_t j = 0; j < kStep; ++j) {
          sums[s * kStep + j] += values[s * kStream + i + j];
        }
      }
    }
    benchmark::DoNotOptimize(sums);
  }
  set_rates(state, 0, 8.0 * static_cast<double>(values.size()));
}
BENCHMARK(memory_read)->Unit(benchmark::kMillisecond);

/// A dense block of rows x columns with factors of width k: arguments of most benchmarks.
template <typename Real>
struct DenseProblem {
  explicit DenseProblem(const State& state)
      : rows(state.range(0)),
        columns(state.range(1)),
        k(state.range(2)),
        data(uniform<Real>(rows * columns, 1)),
        A(uniform<Real>(rows * k, 2)),
        T(uniform<Real>(columns * k, 3)),
        X{data.data(), rows, columns, columns} {}
  [[nodiscard]] double flops() const { return 2.0 * double(rows) * double(columns) * double(k); }
  [[nodiscard]] double bytes() const { return double(rows) * double(columns) * sizeof(Real); }
  /// n, m and k as a BLAS takes them.
  [[nodiscard]] std::array<int, 3> shape() const {
    return {static_cast<int>(rows), static_cast<int>(columns), static_cast<int>(k)};
  }
  Index rows, columns, k;
  AlignedVector<Real> data, A, T;
  kernels::DenseView<Real> X;
};

template <typename Real>
void dense_times(State& state) {
  DenseProblem<Real> p(state);
  for (auto _ : state) kernels::times(p.X, p.T.data(), p.k, p.A.data());
  set_rates(state, p.flops(), p.bytes());
}

template <typename Real>
void dense_transposed(State& state) {
  DenseProblem<Real> p(state);
  for (auto _ : state) kernels::add_transposed_times(p.X, p.A.data(), p.k, p.T.data());
  set_rates(state, p.flops(), p.bytes());
}

template <typename Real>
void dense_residual(State& state) {
  const DenseProblem<Real> p(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        kernels::residual_squared_dense(p.X, p.A.data(), p.T.data(), p.k, p.k, p.k));
  }
  set_rates(state, p.flops(), p.bytes());
}

#ifdef PARTITA_WITH_CBLAS
/// C (m x n) = A B, row-major; both may be held transposed.
void gemm(CBLAS_TRANSPOSE a, CBLAS_TRANSPOSE b, int m, int n, int steps, const double* A, int lda,
          const double* B, int ldb, double* C) {
  cblas_dgemm(CblasRowMajor, a, b, m, n, steps, 1.0, A, lda, B, ldb, 0.0, C, n);
}
void gemm(CBLAS_TRANSPOSE a, CBLAS_TRANSPOSE b, int m, int n, int steps, const float* A, int lda,
          const float* B, int ldb, float* C) {
  cblas_sgemm(CblasRowMajor, a, b, m, n, steps, 1.0F, A, lda, B, ldb, 0.0F, C, n);
}

// Each product twice: with the factors as partita holds them, and with S as k x columns and A and
// its product that way round too. A BLAS is faster in one or the other.
template <typename Real>
void blas_times(State& state) {
  DenseProblem<Real> p(state);
  const auto [n, m, k] = p.shape();
  for (auto _ : state) {
    gemm(CblasNoTrans, CblasNoTrans, n, k, m, p.X.data, m, p.T.data(), k, p.A.data());
  }
  set_rates(state, p.flops(), p.bytes());
}
template <typename Real>
void blas_transposed(State& state) {
  DenseProblem<Real> p(state);
  const auto [n, m, k] = p.shape();
  for (auto _ : state) {
    gemm(CblasTrans, CblasNoTrans, m, k, n, p.X.data, m, p.A.data(), k, p.T.data());
  }
  set_rates(state, p.flops(), p.bytes());
}
template <typename Real>
void blas_times_wide(State& state) {
  DenseProblem<Real> p(state);
  const auto [n, m, k] = p.shape();
  for (auto _ : state) {
    gemm(CblasNoTrans, CblasTrans, k, n, m, p.T.data(), m, p.X.data, m, p.A.data());
  }
  set_rates(state, p.flops(), p.bytes());
}
template <typename Real>
void blas_transposed_wide(State& state) {
  DenseProblem<Real> p(state);
  const auto [n, m, k] = p.shape();
  for (auto _ : state) {
    gemm(CblasNoTrans, CblasNoTrans, k, m, n, p.A.data(), n, p.X.data, m, p.T.data());
  }
  set_rates(state, p.flops(), p.bytes());
}
#endif

void widths(benchmark::internal::Benchmark* b) {
  b->Unit(benchmark::kMillisecond);
  for (const int k : {1, 4, 8, 10, 16, 24, 32, 50, 64, 100, 128, 256}) b->Args({4000, 4000, k});
  b->Args({400, 400, 16});  // for checking that it works
}

BENCHMARK(dense_times<double>)->Apply(widths);
BENCHMARK(dense_transposed<double>)->Apply(widths);
BENCHMARK(dense_times<float>)->Apply(widths);
BENCHMARK(dense_transposed<float>)->Apply(widths);
BENCHMARK(dense_residual<double>)->Apply(widths);
BENCHMARK(dense_residual<float>)->Apply(widths);
#ifdef PARTITA_WITH_CBLAS
BENCHMARK(blas_times<double>)->Apply(widths);
BENCHMARK(blas_transposed<double>)->Apply(widths);
BENCHMARK(blas_times<float>)->Apply(widths);
BENCHMARK(blas_transposed<float>)->Apply(widths);
BENCHMARK(blas_times_wide<double>)->Apply(widths);
BENCHMARK(blas_transposed_wide<double>)->Apply(widths);
BENCHMARK(blas_times_wide<float>)->Apply(widths);
BENCHMARK(blas_transposed_wide<float>)->Apply(widths);
#endif

/// The two products of a pass panel by panel, X read from memory once: what a fused pass costs.
template <typename Real>
void dense_fused_pair(State& state) {
  DenseProblem<Real> p(state);
  const Index height = state.range(3);
  AlignedVector<Real> Q(p.T.size());
  for (auto _ : state) {
    for (Index i = 0; i < p.rows; i += height) {
      const kernels::DenseView<Real> panel{p.data.data() + i * p.columns,
                                           std::min(height, p.rows - i), p.columns, p.columns};
      kernels::times(panel, p.T.data(), p.k, p.A.data() + i * p.k);
      kernels::add_transposed_times(panel, p.A.data() + i * p.k, p.k, Q.data());
    }
  }
  set_rates(state, 2 * p.flops(), p.bytes());
}
BENCHMARK(dense_fused_pair<double>)
    ->Unit(benchmark::kMillisecond)
    ->ArgsProduct({{4000}, {4000}, {8, 16, 32, 64}, {24, 48, 96}});

/// A whole sparse matrix.
struct SparseMatrix {
  Index rows;
  Index columns;
  std::vector<LocalEntry<double>> entries;
};

std::vector<double> cumulative(Index count, double shift, double power) {
  std::vector<double> sums(size(count));
  for (Index i = 0; i < count; ++i) sums[size(i)] = std::pow(double(i + 1) + shift, -power);
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  return sums;
}
Index draw(const std::vector<double>& sums, double u) {
  return std::lower_bound(sums.begin(), sums.end() - 1, u * sums.back()) - sums.begin();
}
std::vector<Index> shuffled(Index count, std::mt19937_64& random) {
  std::vector<Index> order(size(count));
  std::iota(order.begin(), order.end(), Index{0});
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

/// Rows and columns drawn from power laws, as in text: about 50 entries a row. Entries drawn twice
/// add up.
SparseMatrix made_up() {
  SparseMatrix matrix{100000, 50000, {}};
  std::mt19937_64 random(7);
  const auto row_of = cumulative(matrix.rows, 0, 0.6);
  const auto column_of = cumulative(matrix.columns, 20, 1.05);
  const std::vector<Index> row_name = shuffled(matrix.rows, random);
  const std::vector<Index> column_name = shuffled(matrix.columns, random);
  std::uniform_real_distribution<double> u(0, 1);
  for (Index e = 0; e < 5350000; ++e) {
    const Index i = row_name[size(draw(row_of, u(random)))];
    const Index j = column_name[size(draw(column_of, u(random)))];
    matrix.entries.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), 1.0});
  }
  return matrix;
}

template <typename Number>
std::vector<Number> read_numbers(std::ifstream& file, Index count) {
  std::vector<Number> numbers(size(count));
  file.read(reinterpret_cast<char*>(numbers.data()),
            static_cast<std::streamsize>(numbers.size() * sizeof(Number)));
  return numbers;
}

/// Of a file of raw numbers.
SparseMatrix read_csr(const char* path) {
  std::ifstream file(path, std::ios::binary);
  file.exceptions(std::ios::failbit);
  const auto sizes = read_numbers<std::int64_t>(file, 3);
  const auto row_start = read_numbers<std::int64_t>(file, sizes[0] + 1);
  const auto column = read_numbers<std::int32_t>(file, sizes[2]);
  const auto value = read_numbers<double>(file, sizes[2]);
  SparseMatrix matrix{sizes[0], sizes[1], {}};
  for (Index i = 0; i < matrix.rows; ++i) {
    for (Index e = row_start[size(i)]; e < row_start[size(i + 1)]; ++e) {
      matrix.entries.push_back({static_cast<std::int32_t>(i), column[size(e)], value[size(e)]});
    }
  }
  return matrix;
}

const SparseMatrix& sparse_matrix() {
  static const char* const path = std::getenv("PARTITA_BENCHMARK_CSR");
  static const SparseMatrix matrix = path != nullptr ? read_csr(path) : made_up();
  return matrix;
}

/// That matrix as a block for factors of width k, and such factors.
template <typename Real>
struct SparseProblem {
  explicit SparseProblem(Index k_)
      : k(k_), X(block_for(k_)), A(random_factor(X.rows(), 2)), T(random_factor(X.columns(), 3)) {}
  static SparseBlock<Real> block_for(Index k) {
    const SparseMatrix& matrix = sparse_matrix();
    SparseBuilder<Real> builder(matrix.rows, matrix.columns,
                                sparse_panel_rows<Real>(matrix.rows, k));
    for (const auto& [row, column, value] : matrix.entries) {
      builder.add({row, column, static_cast<Real>(value)});
    }
    return {matrix.rows, matrix.columns, builder.write()};
  }
  [[nodiscard]] TallMatrix<Real> random_factor(Index rows, unsigned seed) const {
    TallMatrix<Real> factor(rows, k);
    std::ranges::copy(uniform<Real>(factor.size(), seed), factor.data());
    return factor;
  }
  [[nodiscard]] Range all() const { return {0, X.rows()}; }
  [[nodiscard]] double flops() const { return 2.0 * double(X.stored()) * double(k); }
  Index k;
  SparseBlock<Real> X;
  TallMatrix<Real> A, T;
};

/// One large problem a type and width at a time: building it takes longer than measuring.
template <typename Real>
SparseProblem<Real>& large_sparse(Index k) {
  static std::optional<SparseProblem<Real>> problem;
  if (!problem || problem->k != k) problem.emplace(k);
  return *problem;
}

template <typename Real>
void sparse_times(State& state) {
  auto& p = large_sparse<Real>(state.range(0));
  for (auto _ : state) p.X.times(p.all(), p.T, p.A.data());
  set_rates(state, p.flops(), 0);
}

template <typename Real>
void sparse_transposed(State& state) {
  auto& p = large_sparse<Real>(state.range(0));
  for (auto _ : state) p.X.add_transposed_times(p.all(), p.A.data(), p.T);
  set_rates(state, p.flops(), 0);
}

template <typename Real>
void sparse_residual_terms(State& state) {
  auto& p = large_sparse<Real>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(p.X.residual_squared(whole(p.A), whole(p.T)));
  set_rates(state, p.flops(), 0);
}

void sparse_widths(benchmark::internal::Benchmark* b) {
  b->Unit(benchmark::kMillisecond);
  for (const int k : {8, 10, 16, 32, 64, 100}) b->Arg(k);
}
BENCHMARK(sparse_times<double>)->Apply(sparse_widths);
BENCHMARK(sparse_transposed<double>)->Apply(sparse_widths);
BENCHMARK(sparse_times<float>)->Apply(sparse_widths);
BENCHMARK(sparse_transposed<float>)->Apply(sparse_widths);
BENCHMARK(sparse_residual_terms<double>)->Apply(sparse_widths);

template <typename Real>
void gram(State& state) {
  const Index rows = 100000;
  const Index k = state.range(0);
  const auto W = uniform<Real>(rows * k, 1);
  std::vector<double> G(size(k * k));
  for (auto _ : state) kernels::gram(W.data(), rows, k, k, G.data());
  set_rates(state, double(rows) * double(k * (k + 1)), double(rows * k) * sizeof(Real));
}
BENCHMARK(gram<double>)->Unit(benchmark::kMillisecond)->Arg(8)->Arg(16)->Arg(32)->Arg(64);
BENCHMARK(gram<float>)->Unit(benchmark::kMillisecond)->Arg(8)->Arg(16)->Arg(32)->Arg(64);

/// HALS on both factors of the large sparse problem, with C and G as a pass would have them;
/// arguments: k, sweeps. Compare its time with sparse_times + sparse_transposed of the same k.
template <typename Real>
void hals_of_a_pass(State& state) {
  auto& p = large_sparse<Real>(state.range(0));
  p.A = p.random_factor(p.X.rows(), 2);
  p.T = p.random_factor(p.X.columns(), 3);
  std::vector<double> G(size(p.k * p.k));
  kernels::gram(p.T.data(), p.X.columns(), p.k, p.k, G.data());
  TallMatrix<Real> C(p.X.rows(), p.k);
  p.X.times(p.all(), p.T, C.data());
  const HalsOptions options{.max_sweeps = static_cast<int>(state.range(1)), .delta = 0.1};
  for (auto _ : state) {
    state.PauseTiming();
    auto A = p.A;
    state.ResumeTiming();
    hals_rows(A.data(), p.k, C.data(), p.k, p.X.rows(), p.k, G.data(), options);
    hals_rows(A.data(), p.k, C.data(), p.k, p.X.columns(), p.k, G.data(), options);
  }
  const double sweep_flops = 2.0 * double(p.X.rows() + p.X.columns()) * double(p.k * p.k);
  set_rates(state, sweep_flops * double(state.range(1)), 0);
}
BENCHMARK(hals_of_a_pass<double>)
    ->Unit(benchmark::kMillisecond)
    ->ArgsProduct({{8, 16, 32, 64}, {0, 1, 3}});
BENCHMARK(hals_of_a_pass<float>)
    ->Unit(benchmark::kMillisecond)
    ->ArgsProduct({{8, 16, 32, 64}, {0, 1, 3}});

}  // namespace
}  // namespace partita

BENCHMARK_MAIN();

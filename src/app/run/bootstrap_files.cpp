#include "bootstrap_files.hpp"

#include "partita/io/formats/factor_files.hpp"

#include <algorithm>

#include "io/files/atomic_file.hpp"
#include "text_values.hpp"
#include "trust_options.hpp"

namespace partita::app {

std::string bootstrap_csv(const BootstrapFit& bootstrap) {
  std::string text = "component,stability\n";
  for (std::size_t c = 0; c < bootstrap.stability.size(); ++c) {
    text += std::to_string(c + 1) + "," + shortest(bootstrap.stability[c]) + "\n";
  }
  return text;
}

BootstrapRecord bootstrap_record(const BootstrapFit& bootstrap, const BootstrapOptions& options) {
  return {.kind = name_in(kResamplings, std::optional(options.how)),
          .replicates = options.replicates,
          .least_stability = std::ranges::min(bootstrap.stability)};
}

void write_bootstrap(const Communicator& world, const RunFolder& folder,
                     const BootstrapFit& bootstrap, const Factors& owners,
                     const MatrixSource& source, const MatrixFormat& format) {
  const auto write = [&](const char* name, Side side, const TallMatrix<double>& values) {
    const bool of_A = side == Side::A;
    const FactorShare share{side, values, of_A ? owners.rows : owners.columns,
                            of_A ? source.shape().rows : source.shape().columns};
    write_factor(world, folder.file(name + format.extensions.front()), share, source.labels(),
                 format.name);
  };
  write(kLowerFileOfA, Side::A, bootstrap.A.lower);
  write(kUpperFileOfA, Side::A, bootstrap.A.upper);
  write(kLowerFileOfS, Side::S, bootstrap.S.lower);
  write(kUpperFileOfS, Side::S, bootstrap.S.upper);
  write_text_file(world, folder.file(kBootstrapFile), bootstrap_csv(bootstrap));
}

}  // namespace partita::app

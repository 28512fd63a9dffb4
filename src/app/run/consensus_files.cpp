#include "consensus_files.hpp"

#include "partita/io/formats/factor_files.hpp"

#include "io/files/atomic_file.hpp"
#include "text_values.hpp"

namespace partita::app {

std::string clusters_csv(const ConsensusFit& consensus) {
  std::string text = "component,size,silhouette,density\n";
  for (std::size_t c = 0; c < consensus.size.size(); ++c) {
    text += std::to_string(c + 1) + "," + std::to_string(consensus.size[c]) + "," +
            shortest(consensus.cluster_silhouettes[c]) + "," +
            shortest(consensus.cluster_density[c]) + "\n";
  }
  return text;
}

ConsensusRecord consensus_record(const ConsensusFit& consensus) {
  return {.restarts = consensus.restarts,
          .components = consensus.restarts * static_cast<Index>(consensus.size.size()),
          .dropped = consensus.dropped,
          .silhouette = consensus.silhouette};
}

void write_consensus(const Communicator& world, RunFolder& folder, const ConsensusFit& consensus,
                     const Factors& owners, const MatrixSource& source,
                     const MatrixFormat& format) {
  folder.add_folder(kConsensusFolder);
  const auto write = [&](const char* name, Side side, const TallMatrix<double>& values) {
    const bool of_A = side == Side::A;
    const FactorShare share{side, values, of_A ? owners.rows : owners.columns,
                            of_A ? source.shape().rows : source.shape().columns};
    write_factor(world, folder.new_file(name + format.extensions.front()), share, source.labels(),
                 format.name);
  };
  write(kUsageFile, Side::A, consensus.usage);
  write(kMediansFile, Side::S, consensus.medians);
  write(kSpectraFile, Side::S, consensus.spectra);
  write(kScoresFile, Side::S, consensus.scores);
  write_text_file(world, folder.new_file(kClustersFile), clusters_csv(consensus));
}

}  // namespace partita::app

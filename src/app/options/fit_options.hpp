#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/run/checkpoint_options.hpp"
#include "partita/job/job.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "factorize/settings.hpp"
#include "matrix_options.hpp"
#include "options.hpp"
#include "progress_style.hpp"
#include "trust_options.hpp"

namespace partita::app {

/// What `partita fit` was asked for.
struct FitOptions : JobChoices {
  MatrixInput matrix;
  FactorizeOptions factorize;
  std::optional<Range> restart_range;  ///< the share of the restarts that this run makes
  bool states_restarts = false;        ///< else there are as many as make sense
  std::string model;                   ///< folder of a finished run to start from
  std::string draws;                   ///< file of recorded draws
  bool replay_all_draws = false;       ///< the draws state how many iterations there are
  TrustChoices trust;
  std::string output = "partita-run";
  bool overwrite = false;
  std::string output_format;  ///< of A and S; empty: csv for labelled input, else npy
  bool keep_partial = false;
  double checkpoint_every = 300;
  ResumePolicy resume = ResumePolicy::automatic;
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
  bool dry_run = false;
};

// Groups of options that other commands which fit have too; they fill `options`, which must
// outlive them.
[[nodiscard]] OptionGroup stop_options(FitOptions& options);
[[nodiscard]] OptionGroup layout_options(FitOptions& options);
[[nodiscard]] OptionGroup output_options(FitOptions& options, const std::string& folder_help);
/// Contradictions of these. @throws Error (usage).
void settle_output(FitOptions& options);

/// How `fit` is called; its options fill `options`, which must outlive it.
[[nodiscard]] CommandSyntax fit_syntax(FitOptions& options);

/// Options from the arguments after `fit`; nothing when help is asked for. Contradictions are
/// refused and what one option implies for another is filled in.
/// @throws Error (usage, or what reading a --config file throws).
[[nodiscard]] std::optional<FitOptions> parse_fit(const std::vector<std::string>& arguments,
                                                  const TextReader& read_text);

/// What run.json tells of the options, in its order. @param run  as the files filled them in.
[[nodiscard]] std::vector<std::pair<std::string, SettingValue>> reported_options(
    const FitOptions& options, const FactorizeOptions& run);

}  // namespace partita::app

#include "select_options.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string_view>

#include "options/rows.hpp"
#include "select/choice/rank_rules.hpp"
#include "setting_options.hpp"

namespace partita::app {

namespace {

/// Iterations of a fit that is judged, at most.
constexpr Index kIterationsOfMeasuring = 300;
constexpr double kMostHeldOut = 0.5;

const Choices<RankRule>& rule_names() {
  static const Choices<RankRule> names = rank_rule_names();
  return names;
}

std::string rules_help() {
  std::string text = "how k is chosen:";
  for (const RankRuleRow& row : rank_rules()) {
    text += std::string(&row == rank_rules().data() ? " " : "; ") + row.name + ", " + row.what;
  }
  return text;
}

/// "2:20" or "2:20:3", both ends belong to it.
RankRange parse_ranks(const std::string& option, const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find(':', begin);
    parts.push_back(text.substr(begin, end == std::string::npos ? end : end - begin));
  }
  if (parts.size() > 3) {
    throw Error(ErrorKind::usage, option + ": '" + text +
                                      "' is not LEAST:MOST or LEAST:MOST:STEP, as 2:20 or 2:20:3");
  }
  RankRange range;
  range.least = parse_count(option, parts[0], 1);
  range.most = parts.size() > 1 ? parse_count(option, parts[1], 1) : range.least;
  if (parts.size() > 2) range.step = parse_count(option, parts[2], 1);
  if (range.most < range.least) {
    throw Error(ErrorKind::usage, option + ": '" + text + "' ends before it begins");
  }
  return range;
}

OptionGroup choice_options(SelectOptions& select) {
  return {"Choice",
          {{"k", 'k', "LEAST:MOST[:STEP]", "", "numbers of components to choose from (required)",
            into(select.range, parse_ranks)},
           choice_option("method", select.method, kSelectMethods,
                         "what is measured of each k: errors of entries that masks hold out, or of "
                         "quarters of the matrix (bi-cross-validation), or how far restarts agree; "
                         "auto: holdout for small dense matrices, else bcv"),
           choice_option("rule", select.rule, rule_names(), rules_help()),
           count_option("masks", "N", select.masks, 1, "masks whose errors are averaged (holdout)"),
           count_option("most-masks", "N", select.most_masks, 1,
                        "masks where the first ones disagree on k (holdout; by default as many "
                        "as hold out every entry once)"),
           number_option("hold-out", "SHARE", select.pool.share, 0,
                         "share of the entries that a mask holds out (holdout)"),
           count_option("stability-restarts", "N", select.pool.restarts, 2,
                        "restarts whose components are compared")}};
}

OptionGroup without(OptionGroup group, std::initializer_list<std::string_view> names) {
  std::erase_if(group.options, [&](const Option& option) {
    return std::ranges::find(names, option.name) != names.end();
  });
  return group;
}

OptionGroup solver_options(FitOptions& options) {
  return without({"Factorisation", setting_options(options.factorize, SettingGroup::factorisation)},
                 {"components", "schedule", "samples", "inner", "sampling", "relaxation"});
}

OptionGroup start_options(FitOptions& options) {
  OptionGroup group = without({"Starts", setting_options(options.factorize, SettingGroup::starts)},
                              {"race", "average", "init"});
  for (Option& option : group.options) {
    if (option.name == "restarts") option.help = "starts of the fit of the chosen k";
  }
  return group;
}

OptionGroup stopping(FitOptions& options) {
  OptionGroup group = without(stop_options(options), {"keep-partial"});
  for (Option& option : group.options) {
    if (option.name == "max-iterations") {
      option.default_value = std::to_string(kIterationsOfMeasuring) + "; " + option.default_value +
                             " for the chosen k";
    }
  }
  return group;
}

void refuse_if(bool contradiction, const std::string& message) {
  if (contradiction) throw Error(ErrorKind::usage, message);
}

/// Refuses what the stated method has no use for.
void check_has_effect(const SelectOptions& select, const StatedOptions& stated) {
  const bool no_masks =
      select.method == SelectMethod::bicrossvalidation || select.method == SelectMethod::stability;
  for (const char* const name : {"masks", "most-masks", "hold-out"}) {
    refuse_if(no_masks && stated.has(name),
              std::string("--") + name + " goes with --method holdout or all");
  }
  refuse_if(select.method == SelectMethod::stability && stated.has("rule") &&
                rank_rule(select.rule).needs_held_out,
            "--rule " + rank_rule(select.rule).name +
                " goes by held-out errors, which --method stability does not measure");
}

}  // namespace

CommandSyntax select_syntax(SelectCommandOptions& options) {
  return {.command = "select",
          .usage = "partita select --k LEAST:MOST [options] FILE",
          .summary =
              "Chooses how many components suit the matrix of FILE, and says how sure that is: "
              "fits with\nevery k are judged by entries that they were not fitted to. Writes "
              "select.csv, select.json\nand the run folder of the chosen k. Under mpirun or srun "
              "the fits are shared by all processes.",
          .operands = {"FILE"},
          .take_operand = file_operand(options.fit.matrix),
          .groups = {file_options(options.fit.matrix),
                     choice_options(options.select),
                     solver_options(options.fit),
                     start_options(options.fit),
                     {"How sure the fit of the chosen k is", consensus_options(options.fit.trust)},
                     stopping(options.fit),
                     without(layout_options(options.fit), {"batch"}),
                     output_options(options.fit,
                                    "folder of the choice and of the fit of the chosen k; may "
                                    "contain SLURM's %j %A %a %x")}};
}

std::optional<SelectCommandOptions> parse_select(const std::vector<std::string>& arguments,
                                                 const TextReader& read_text) {
  SelectCommandOptions options;
  const StatedOptions stated = parse_options(select_syntax(options), arguments, read_text);
  if (stated.help()) return {};
  SelectOptions& select = options.select;
  refuse_if(select.range.least == 0, "missing --k: from how many components to how many?");
  refuse_if(!(select.pool.share > 0 && select.pool.share <= kMostHeldOut),
            "--hold-out: the share is above 0 and at most 0.5");
  if (!stated.has("most-masks")) {
    const double parts = std::min(1 / select.pool.share + 1e-9, static_cast<double>(kMostMasks));
    select.most_masks = std::max(select.masks, static_cast<Index>(parts));
  }
  refuse_if(select.most_masks < select.masks, "--most-masks is less than --masks");
  check_has_effect(select, stated);
  settle_output(options.fit);
  FactorizeOptions& fit = options.fit.factorize;
  settle(fit, stated.names());
  select.pool.fit = fit;
  if (!stated.has("max-iterations")) select.pool.fit.stop.max_iterations = kIterationsOfMeasuring;
  select.pool.fit.stop.max_seconds = std::numeric_limits<double>::infinity();
  fit.components = select.range.most;
  check_settings(fit, stated.names());
  FitOptions final_fit = options.fit;
  final_fit.plan.groups.reset();  // it has a layout of its own
  check_trust(final_fit, stated);
  return options;
}

}  // namespace partita::app

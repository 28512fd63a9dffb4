#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "factorize/option_names.hpp"
#include "factorize/settings.hpp"
#include "factorize/solve/nnls_table.hpp"
#include "factorize/solve/solver_table.hpp"

namespace partita {

namespace {

using enum SettingGroup;

/// "a, b, or c": what the rows of a table say of themselves, each once.
template <class Row>
std::string words_of(std::span<const Row> table) {
  std::vector<std::string> words;
  for (const Row& row : table) {
    if (std::ranges::find(words, row.what) == words.end()) words.push_back(row.what);
  }
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 < words.size() ? ", " : ", or ";
    text += words[i];
  }
  return text;
}

/// @param names  called whenever they are needed, as tables may grow while the program runs.
template <class Enum, class Names>
ChoiceSetting choice(Place<Enum> place, Names names, std::function<std::string()> words = {}) {
  return {.names =
              [names] {
                std::vector<std::string> all;
                for (const auto& [name, value] : names()) all.push_back(name);
                return all;
              },
          .words = std::move(words),
          .get = [=](const FactorizeOptions& o) { return name_in(names(), place.in(o)); },
          .set =
              [=](FactorizeOptions& o, const std::string& stated) {
                for (const auto& [name, value] : names()) {
                  if (name == stated) place.in(o) = value;
                }
              }};
}

template <class Enum>
ChoiceSetting choice(Place<Enum> place, const Choices<Enum>& names) {
  return choice(place, [&names] { return names; });
}

// clang-format off
#define PARTITA_PLACE(member) [](auto& options) -> auto& { return options.member; }
// clang-format on

std::vector<Setting> solver_settings() {
  return {
      {.name = "components",
       .letter = 'k',
       .group = factorisation,
       .argument = "K",
       .help = "number of components (required)",
       .kind = CountSetting{PARTITA_PLACE(components), 1}},
      {.name = "solver",
       .group = factorisation,
       .kind = choice<SolverKind>(PARTITA_PLACE(solver), solver_names,
                                  [] { return words_of(solver_table()); })},
      {.name = "nnls",
       .group = factorisation,
       .help = "how als solves its least squares: ",
       .kind =
           choice<NnlsKind>(PARTITA_PLACE(nnls), nnls_names, [] { return words_of(nnls_table()); }),
       .told = Told::where_it_has_effect,
       .needs = Ability::choice_of_nnls},
      {.name = "schedule",
       .group = factorisation,
       .help = "update all rows and columns in an iteration, or --samples drawn ones",
       .kind = choice<Schedule>(PARTITA_PLACE(schedule), kSchedules)},
      {.name = "samples",
       .group = factorisation,
       .help = "rows and columns drawn in an iteration (random schedule)",
       .kind = CountSetting{PARTITA_PLACE(samples), 1},
       .told = Told::where_it_has_effect,
       .needs = Ability::drawn_lines},
      {.name = "inner",
       .group = factorisation,
       .help = "steps for each drawn row and column (kaczmarz, random schedule)",
       .kind = CountSetting{PARTITA_PLACE(inner), 1},
       .told = Told::where_it_has_effect,
       .needs = Ability::kaczmarz_steps},
      {.name = "sampling",
       .group = factorisation,
       .help =
           "how the row of a step is drawn: by its squared norm, or all alike (kaczmarz, random "
           "schedule)",
       .kind = choice<RowSampling>(PARTITA_PLACE(sampling), kSamplings),
       .told = Told::where_it_has_effect,
       .needs = Ability::kaczmarz_steps},
      {.name = "relaxation",
       .group = factorisation,
       .help = "length of a step: 1/(1+t/1000), t in passes over X, or a number above 0 (kaczmarz, "
               "random "
               "schedule)",
       .kind = NumberSetting{.place = PARTITA_PLACE(relaxation),
                             .least = 0,
                             .words = {{"decay", 0}},
                             .open = true},
       .told = Told::where_it_has_effect,
       .needs = Ability::kaczmarz_steps},
      {.name = "constraint",
       .group = factorisation,
       .help = "on the factors; with als, none implies --nnls none",
       .kind = choice<Constraint>(PARTITA_PLACE(constraint), kConstraints),
       .needs = Ability::no_constraint,
       .because = "the factors of others are non-negative by construction"},
  };
}

std::vector<Setting> start_settings() {
  return {
      {.name = "first restart",
       .group = not_written,
       .kind = CountSetting{PARTITA_PLACE(first_restart), 0}},
      {.name = "restarts",
       .group = starts,
       .argument = "R",
       .help = "starts to try (1 with --init given or nndsvd)",
       .kind = CountSetting{PARTITA_PLACE(restarts), 1}},
      {.name = "race",
       .group = starts,
       .help =
           "keep the best quarter of the restarts after 2 iterations, half of those after 4, 10, "
           "24 ..., until two (of more than 16 an eighth, four at most) run to their ends (sweep "
           "schedule)",
       .kind = SwitchSetting{PARTITA_PLACE(race)},
       .needs = Ability::race,
       .because = "iterations of the random schedule say too little"},
      {.name = "average",
       .group = starts,
       .help = "keep the factors of all restarts; predictions are then the mean of theirs",
       .kind = SwitchSetting{PARTITA_PLACE(average)},
       .told = Told::where_it_has_effect},
      {.name = "seed",
       .group = starts,
       .help = "of all random numbers",
       .kind = SeedSetting{PARTITA_PLACE(seed)}},
      {.name = "init",
       .group = starts,
       .help = "start: uniform numbers, from a singular value decomposition, from columns and rows "
               "of the matrix, or from files",
       .kind = choice<StartKind>(PARTITA_PLACE(init), kStarts)},
  };
}

std::vector<Setting> stop_settings() {
  return {
      {.name = "max-iterations",
       .group = stopping,
       .help = "iterations of one start (with --draws: all of them)",
       .kind = CountSetting{PARTITA_PLACE(stop.max_iterations), 0}},
      {.name = "tolerance",
       .group = stopping,
       .argument = "T",
       .help =
           "stop when the error fell by less than T of itself over the last 10 iterations (with "
           "--draws: 0)",
       .kind = NumberSetting{PARTITA_PLACE(stop.tolerance), 0}},
      {.name = "max-time",
       .group = stopping,
       .help = "seconds, M:S or H:M:S; the run then ends in good order with exit code 75",
       .kind = DurationSetting{PARTITA_PLACE(stop.max_seconds)},
       .decides = false},
  };
}

std::vector<Setting> penalty_settings() {
  const auto row = [](const char* name, const char* help, Place<double> place) {
    return Setting{.name = name,
                   .group = factorisation,
                   .argument = "L",
                   .help = help,
                   .kind = NumberSetting{place, 0},
                   .needs = Ability::penalties};
  };
  return {row("l1-A", "penalty L * sum of the entries of A", PARTITA_PLACE(penalties.l1_A)),
          row("l1-S", "penalty L * sum of the entries of S", PARTITA_PLACE(penalties.l1_S)),
          row("l2-A", "penalty L/2 * sum of the squares of A", PARTITA_PLACE(penalties.l2_A)),
          row("l2-S", "penalty L/2 * sum of the squares of S", PARTITA_PLACE(penalties.l2_S))};
}

std::vector<Setting> entry_settings() {
  return {
      {.name = "unstored",
       .group = entries,
       .help = "what a sparse file does not store: zeros, nothing known, or zeros of that weight "
               "between 0 and 1",
       .kind = NumberSetting{.place = PARTITA_PLACE(unstored),
                             .least = 0,
                             .words = {{"zero", 1}, {"missing", 0}},
                             .most = 1},
       .needs = Ability::weighted_entries,
       .because = "others work on products with X, in which every entry counts"},
      {.name = "weights of entries",
       .group = not_written,
       .kind = SwitchSetting{PARTITA_PLACE(weighted)},
       .told = Told::never,
       .needs = Ability::weighted_entries,
       .because = "others work on products with X, in which every entry counts"},
      {.name = "entry-rule",
       .group = entries,
       .help =
           "how a row is fitted where entries do not all count alike: from a Gram matrix of its "
           "own, or by its residuals (als with hals only)",
       .kind = choice<EntryRuleKind>(PARTITA_PLACE(entry_rule), kEntryRules),
       .told = Told::where_it_has_effect,
       .needs = Ability::entry_rules},
      {.name = "bias",
       .group = entries,
       .help = "add a mean, and a bias of either sign for every row and column (needs --unstored "
               "missing)",
       .kind = SwitchSetting{PARTITA_PLACE(bias)},
       .told = Told::where_it_has_effect,
       .needs = Ability::biases},
      {.name = "bias-damping",
       .group = entries,
       .argument = "D",
       .help = "penalty D/2 * sum of the squares of the biases",
       .kind = NumberSetting{PARTITA_PLACE(bias_damping), 0},
       .told = Told::where_it_has_effect,
       .needs = Ability::biases},
      {.name = "center",
       .group = entries,
       .help = "pull the entries of A and S towards --center-at instead of 0: the l2 penalty of a "
               "row becomes L/2 * sqrt(its known entries) * sum of squared distances, with L of "
               "1.15 standard deviations unless --l2-A or --l2-S is stated",
       .kind = SwitchSetting{PARTITA_PLACE(center)},
       .told = Told::where_it_has_effect,
       .needs = Ability::biases},
      {.name = "center-at",
       .group = entries,
       .help = "what --center pulls towards; auto: sqrt(0.28 standard deviations / K)",
       .kind =
           NumberSetting{
               .place = PARTITA_PLACE(center_at), .least = 0, .words = {{"auto", 0}}, .open = true},
       .told = Told::where_it_has_effect,
       .needs = Ability::biases},
  };
}

std::vector<Setting> fixed_settings() {
  const auto row = [](const char* name, Place<Index> place) {
    return Setting{.name = name,
                   .group = not_written,
                   .kind = CountSetting{place, 0},
                   .told = Told::never,
                   .needs = Ability::fixed_components,
                   .because = "others move whole rows of A and S"};
  };
  return {row("fixed columns of A (--fix-A)", PARTITA_PLACE(fixed.A)),
          row("fixed rows of S (--fix-S)", PARTITA_PLACE(fixed.S))};
}

std::vector<Setting> work_settings() {
  return {
      {.name = "threads",
       .group = layout,
       .help = "threads of each process (sweep schedule): for more cores than processes",
       .kind = CountSetting{PARTITA_PLACE(threads), 1},
       .told = Told::never,
       .decides = false,
       .needs = Ability::threads,
       .because = "drawn rows are too little work to share"},
      {.name = "sketch",
       .group = not_written,
       .kind = CountSetting{PARTITA_PLACE(sketch), 0},
       .told = Told::never},
      {.name = "subsample",
       .group = not_written,
       .kind = CountSetting{PARTITA_PLACE(subsample.lines), 0},
       .told = Told::never},
      {.name = "subsample across",
       .group = not_written,
       .kind = CountSetting{PARTITA_PLACE(subsample.across), 0},
       .told = Told::never},
  };
}

#undef PARTITA_PLACE

std::vector<Setting>& table() {
  static std::vector<Setting> rows = [] {
    std::vector<Setting> all;
    for (std::vector<Setting>& part :
         std::vector{solver_settings(), start_settings(), stop_settings(), penalty_settings(),
                     entry_settings(), fixed_settings(), work_settings()}) {
      std::ranges::move(part, std::back_inserter(all));
    }
    return all;
  }();
  return rows;
}

}  // namespace

std::span<const Setting> settings() {
  return table();
}

void add_setting(Setting setting) {
  table().push_back(std::move(setting));
}

}  // namespace partita

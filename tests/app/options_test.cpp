#include "options.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fit_options.hpp"

namespace partita::app {
namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line) {
  Words words;
  std::string word;
  for (const char c : line + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  return words;
}

std::string no_files(const std::string& path) {
  throw Error(ErrorKind::no_input, path + ": no such file");
}

FitOptions fit(const std::string& line, const TextReader& reader = no_files) {
  const auto options = parse_fit(split(line), reader);
  if (!options) throw Error(ErrorKind::internal, "help was asked for");
  return *options;
}

/// The message of the usage error that `line` must be.
std::string refusal(const std::string& line, const TextReader& reader = no_files) {
  try {
    (void)fit(line, reader);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage) << line << ": " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << line;
  return "";
}

void expect_refusal(const std::string& line, const Words& mentions) {
  const std::string message = refusal(line);
  for (const std::string& word : mentions) {
    EXPECT_NE(message.find(word), std::string::npos) << line << ": " << message;
  }
}

TEST(FitOptions, Defaults) {
  const FitOptions options = fit("-k 3 X.npy");
  EXPECT_EQ(options.matrix.file, "X.npy");
  EXPECT_EQ(options.factorize.components, 3);
  EXPECT_EQ(options.factorize.solver, SolverKind::als);
  EXPECT_EQ(options.factorize.nnls, NnlsKind::hals);
  EXPECT_EQ(options.factorize.schedule, Schedule::sweep);
  EXPECT_EQ(options.factorize.constraint, Constraint::nonnegative);
  EXPECT_EQ(options.factorize.restarts, 5);
  EXPECT_EQ(options.factorize.seed, 0U);
  EXPECT_EQ(options.factorize.stop.max_iterations, 500);
  EXPECT_EQ(options.factorize.stop.tolerance, 1e-4);
  EXPECT_EQ(options.output, "partita-run");
  EXPECT_FALSE(options.single_precision);
  EXPECT_FALSE(options.plan.grid || options.plan.groups || options.plan.batch);
  EXPECT_EQ(options.checkpoint_every, 300);
}

TEST(FitOptions, EveryValueArrives) {
  const FitOptions options = fit(
      "--components=7 --solver kaczmarz --schedule random --samples 4 --inner 9 --sampling uniform "
      "--relaxation 0.5 --restarts 11 --seed 18446744073709551615 --init columns --max-iterations "
      "12 --tolerance 0 --max-time 1:02:03 --grid 2x3 --groups 4 --batch 1 --precision single "
      "--output there --overwrite --output-format csv "
      "--checkpoint-every 60 --resume never --progress none --quiet --dry-run --transpose "
      "--format npy --header no --row-labels yes --unstored zero --nan error --sketch off "
      "--keep-partial X");
  const FactorizeOptions& run = options.factorize;
  EXPECT_EQ(run.components, 7);
  EXPECT_EQ(run.solver, SolverKind::kaczmarz);
  EXPECT_EQ(run.schedule, Schedule::random);
  EXPECT_EQ(run.samples, 4);
  EXPECT_EQ(run.inner, 9);
  EXPECT_EQ(run.sampling, RowSampling::uniform);
  EXPECT_EQ(run.relaxation, 0.5);
  EXPECT_EQ(run.restarts, 11);
  EXPECT_EQ(run.seed, 18446744073709551615U);
  EXPECT_EQ(run.init, StartKind::columns);
  EXPECT_EQ(run.stop.max_iterations, 12);
  EXPECT_EQ(run.stop.tolerance, 0);
  EXPECT_EQ(run.stop.max_seconds, 3723);
  EXPECT_EQ(options.plan.grid, (GridShape{2, 3}));
  EXPECT_EQ(options.plan.groups, 4);
  EXPECT_EQ(options.plan.batch, 1);
  EXPECT_TRUE(options.single_precision);
  EXPECT_EQ(options.output, "there");
  EXPECT_TRUE(options.overwrite);
  EXPECT_EQ(options.output_format, "csv");
  EXPECT_EQ(options.checkpoint_every, 60);
  EXPECT_EQ(options.resume, ResumePolicy::never);
  EXPECT_TRUE(options.quiet);
  EXPECT_TRUE(options.dry_run);
  EXPECT_TRUE(options.keep_partial);
  EXPECT_TRUE(options.matrix.read.transpose);
  EXPECT_EQ(options.matrix.format, "npy");
  EXPECT_EQ(options.matrix.read.header, Presence::no);
  EXPECT_EQ(options.matrix.read.row_labels, Presence::yes);
}

TEST(FitOptions, ValuesOfOtherSolversArrive) {
  const FitOptions options =
      fit("-k 7 --nnls bpp --threads 2 --race --l1-A 1 --l1-S 2 --l2-A 3 --l2-S 4e-1 --batch 5 X");
  const FactorizeOptions& run = options.factorize;
  EXPECT_EQ(run.nnls, NnlsKind::bpp);
  EXPECT_EQ(run.threads, 2);
  EXPECT_TRUE(run.race);
  EXPECT_EQ(run.penalties.l1_A, 1);
  EXPECT_EQ(run.penalties.l1_S, 2);
  EXPECT_EQ(run.penalties.l2_A, 3);
  EXPECT_EQ(run.penalties.l2_S, 0.4);
  EXPECT_EQ(options.plan.batch, 5);
}

TEST(FitOptions, OneOptionSettlesAnother) {
  EXPECT_EQ(fit("-k 3 --constraint none X").factorize.nnls, NnlsKind::none);
  EXPECT_EQ(fit("-k 3 --nnls none X").factorize.constraint, Constraint::none);
  EXPECT_EQ(fit("-k 3 --init given --init-A A --init-S S X").factorize.restarts, 1);
  EXPECT_EQ(fit("-k 3 --init nndsvd X").factorize.restarts, 1);
  EXPECT_EQ(fit("-k 3 --init nndsvd --restarts 2 X").factorize.restarts, 2);
  EXPECT_TRUE(fit("-k 3 --schedule random --draws D X").replay_all_draws);
  EXPECT_FALSE(fit("-k 3 --schedule random --draws D --max-iterations 5 X").replay_all_draws);
}

TEST(FitOptions, RefusesUnknownNamesWithTheNearest) {
  expect_refusal("-k 3 --restart 4 X", {"unknown option '--restart'", "'--restarts'"});
  expect_refusal("-k 3 --max-iteration=4 X", {"'--max-iterations'"});
  expect_refusal("-k 3 --l1-a 4 X", {"'--l1-A'"});
  expect_refusal("-k 3 --comp 4 X", {"'--components'"});
  expect_refusal("-k 3 --zzzzzzzz X", {"unknown option '--zzzzzzzz'"});
  expect_refusal("-k 3 -q X", {"unknown option '-q'"});
  expect_refusal("-k 3 --solver alz X", {"'alz'", "als, kaczmarz, mu", "did you mean 'als'"});
}

TEST(FitOptions, RefusesMalformedNumbers) {
  for (const std::string value : {"12abc", "1e3", "-3", "0", "", "3.0", "+3", "0x10",
                                  "9223372036854775808", "99999999999999999999999"}) {
    const std::string message = refusal("-k 3 --restarts=" + value + " X");
    EXPECT_NE(message.find("--restarts"), std::string::npos) << message;
  }
  expect_refusal("-k 0 X", {"--components", "'0'", "less than 1"});
  expect_refusal("-k -3 X", {"--components", "'-3'"});
  expect_refusal("-k three X", {"--components", "'three'"});
  expect_refusal("-k 3 --l1-A -1 X", {"--l1-A", "'-1'"});
  expect_refusal("-k 3 --tolerance nan X", {"--tolerance", "'nan'"});
  expect_refusal("-k 3 --tolerance inf X", {"--tolerance", "'inf'"});
  expect_refusal("-k 3 --tolerance 1e999 X", {"--tolerance", "'1e999'"});
  expect_refusal("-k 3 --seed -1 X", {"--seed", "'-1'"});
  expect_refusal("-k 3 --seed 18446744073709551616 X", {"--seed"});
  for (const std::string grid :
       {"2", "2x", "x2", "2x0", "0x2", "2x3x4", "2X3", "-1x-1", "a", "9999999999x9999999999"}) {
    expect_refusal("-k 3 --grid " + grid + " X", {"--grid", "'" + grid + "'"});
  }
}

TEST(FitOptions, RefusesContradictions) {
  const Words lines = {
      "--init given",
      "--init given --init-A A",
      "--init given --init-S S",
      "--init-A A --init-S S",
      "--init columns --init-A A --init-S S",
      "--samples 2",
      "--schedule sweep --samples 2",
      "--inner 3",
      "--solver als --schedule random --inner 3",
      "--solver kaczmarz --inner 3",
      "--sampling norm",
      "--relaxation 0.5",
      "--solver kaczmarz --schedule random --relaxation 0",
      "--solver kaczmarz --nnls hals",
      "--solver mu --nnls hals",
      "--solver mu --schedule random",
      "--solver mu --constraint none",
      "--solver kaczmarz --batch 2",
      "--solver mu --sketch on",
      "--schedule random --race",
      "--constraint none --nnls hals",
      "--constraint none --nnls bpp",
      "--constraint none --nnls clip",
      "--constraint nonnegative --nnls none",
      "--draws D",
      "--schedule sweep --draws D",
      "--schedule random --draws D --samples 2",
      "--solver kaczmarz --schedule random --draws D --inner 2",
      "--quiet --progress bar",
      "--quiet --progress lines",
      "--groups 0",
      "--batch 0",
      "--output=",
  };
  for (const std::string& line : lines) refusal("-k 3 X " + line);
}

TEST(FitOptions, RefusesWhatIsMissingOrTooMuch) {
  expect_refusal("X", {"-k"});
  expect_refusal("-k 3", {"FILE"});
  expect_refusal("-k 3 X Y", {"unexpected", "'Y'"});
  expect_refusal("-k 3 -k 4 X", {"--components", "twice"});
  expect_refusal("-k 3 X --seed", {"--seed", "needs a value"});
  expect_refusal("-k 3 X --seed=", {"--seed"});
  expect_refusal("-k 3 X --overwrite=5", {"--overwrite", "takes no value"});
}

TEST(FitOptions, RestartRangeIsAShareOfTheRestarts) {
  const FitOptions options = fit("-k 3 X --restarts 10 --restart-range 4:7");
  EXPECT_EQ(options.factorize.first_restart, 4);
  EXPECT_EQ(options.factorize.restarts, 3);
  expect_refusal("-k 3 X --restarts 5 --restart-range 4:7", {"--restart-range", "7", "5"});
  for (const std::string range : {"3", "3:3", "4:2", "-1:2", "0:2x", ":", "1:"}) {
    expect_refusal("-k 3 X --restart-range=" + range, {"--restart-range", "BEGIN:END"});
  }
}

TEST(FitOptions, Race) {
  const auto race = [](const std::vector<std::string>& arguments) {
    return parse_fit(arguments, [](const std::string&) { return std::string(); })->factorize.race;
  };
  EXPECT_FALSE(race({"-k", "3", "X"}));
  EXPECT_TRUE(race({"-k", "3", "X", "--race"}));
}

TEST(FitOptions, Sketch) {
  EXPECT_EQ(fit("-k 3 X").sketch, SketchChoice::automatic);
  EXPECT_EQ(fit("-k 3 X --sketch on").sketch, SketchChoice::on);
  EXPECT_EQ(fit("-k 3 X --sketch off").sketch, SketchChoice::off);
  expect_refusal("-k 3 X --sketch maybe", {"--sketch", "maybe", "auto"});
}

TEST(FitOptions, Threads) {
  EXPECT_EQ(fit("-k 3 X").factorize.threads, 1);
  EXPECT_EQ(fit("-k 3 X --threads 4").factorize.threads, 4);
  expect_refusal("-k 3 X --threads 0", {"--threads"});
  expect_refusal("-k 3 X --threads 2 --schedule random", {"--threads", "sweep"});
}

TEST(FitOptions, WhereInTheFileTheMatrixAndItsNamesAre) {
  const FitOptions options = fit("-k 3 X --dataset layers/counts --rows-file r --columns-file c");
  EXPECT_EQ(options.matrix.read.dataset, "layers/counts");
  EXPECT_EQ(options.matrix.read.rows_file, "r");
  EXPECT_EQ(options.matrix.read.columns_file, "c");
}

TEST(FitOptions, OutputFormatsAreThoseThatHoldFactors) {
  expect_refusal("-k 3 X --output-format mtx", {"--output-format", "'mtx'", "npy, csv, hdf5"});
  const auto shows = [](const std::string& words) {
    FitOptions options;
    return help_text(fit_syntax(options)).find(words) != std::string::npos;
  };
  EXPECT_TRUE(shows("npy|csv|hdf5"));
  add_format({.name = "toy",
              .extensions = {".toy"},
              .open = [](const Communicator&, const std::string&,
                         const ReadOptions&) { return std::unique_ptr<MatrixSource>(); },
              .write_factor = [](const Communicator&, const std::string&, const FactorShare&, Index,
                                 const Labels&) {}});
  EXPECT_EQ(fit("-k 3 X --output-format toy").output_format, "toy");
  EXPECT_TRUE(shows("npy|csv|hdf5|toy"));
}

TEST(FitOptions, ConfigFile) {
  const TextReader reader = [](const std::string& path) -> std::string {
    if (path == "good") {
      return "# a job\ncomponents = 4\n  seed=9 # of mine\n\noverwrite = yes\nquiet = no\n"
             "output = a folder\n";
    }
    if (path == "unknown") return "components = 4\nrestart = 3\n";
    if (path == "value") return "\nseed = x\n";
    if (path == "twice") return "seed = 1\nseed = 2\n";
    if (path == "words") return "seed 1\n";
    if (path == "nested") return "config = other\n";
    return no_files(path);
  };
  const FitOptions options = fit("--config good X --seed 1", reader);
  EXPECT_EQ(options.factorize.components, 4);
  EXPECT_EQ(options.factorize.seed, 1U) << "the command line wins";
  EXPECT_TRUE(options.overwrite);
  EXPECT_FALSE(options.quiet);
  EXPECT_EQ(options.output, "a folder");
  const auto mentions = [&](const std::string& name, const std::string& text) {
    const std::string message = refusal("-k 3 X --config " + name, reader);
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  mentions("unknown", "unknown:2: unknown option 'restart'; did you mean 'restarts'?");
  mentions("value", "value:2: seed: 'x'");
  mentions("twice", "twice:2: ");
  mentions("words", "words:1: ");
  mentions("nested", "nested:1: option 'config' is for the command line, not for a file");
  try {
    (void)fit("-k 3 X --config gone", reader);
    ADD_FAILURE() << "a missing file was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::no_input);
  }
}

TEST(FitOptions, ContradictionsAreFoundAcrossFileAndCommandLine) {
  const TextReader reader = [](const std::string& /*path*/) { return "constraint = none\n"; };
  EXPECT_NE(refusal("-k 3 X --config file --nnls bpp", reader).find("--nnls"), std::string::npos);
}

TEST(FitOptions, HelpNamesEveryOptionAndDefault) {
  FitOptions options;
  const std::string help = help_text(fit_syntax(options));
  for (const std::string name : {"--format",
                                 "--dataset",
                                 "--transpose",
                                 "--unstored",
                                 "--nan",
                                 "-k [ --components ]",
                                 "--solver",
                                 "--nnls",
                                 "--schedule",
                                 "--samples",
                                 "--inner",
                                 "--constraint",
                                 "--restarts",
                                 "--seed",
                                 "--race",
                                 "--sketch",
                                 "--init",
                                 "--init-A",
                                 "--init-S",
                                 "--draws",
                                 "--max-iterations",
                                 "--tolerance",
                                 "--max-time",
                                 "--l1-A",
                                 "--l1-S",
                                 "--l2-A",
                                 "--l2-S",
                                 "--grid",
                                 "--groups",
                                 "--batch",
                                 "--precision",
                                 "--output",
                                 "--overwrite",
                                 "--output-format",
                                 "--checkpoint-every",
                                 "--resume",
                                 "--progress",
                                 "--quiet",
                                 "--dry-run",
                                 "--config",
                                 "--help",
                                 "(=5)",
                                 "(=500)",
                                 "(=1e-4)",
                                 "(=partita-run)",
                                 "(=300)"}) {
    EXPECT_NE(help.find(name), std::string::npos) << name << " is missing in\n" << help;
  }
  EXPECT_FALSE(parse_fit({"--help"}, no_files).has_value());
  EXPECT_FALSE(parse_fit({"-h", "X"}, no_files).has_value());
}

}  // namespace
}  // namespace partita::app

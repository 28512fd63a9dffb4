#include "run_record.hpp"

#include "partita/base/error.hpp"

#include <fstream>

#include "support/files.hpp"

namespace partita::app {
namespace {

using partita::testing::Folder;

RunRecord some_record() {
  RunRecord record;
  record.status = StopReason::converged;
  record.best_restart = 3;
  record.relative_error = 0.25;
  record.iterations = 57;
  record.stop_reason = StopReason::max_iterations;
  record.seconds = 1.5;
  record.scaling = "as computed";
  record.options = {{"components", Index{4}},
                    {"seed", std::uint64_t{18446744073709551615U}},
                    {"max_time", std::monostate{}},
                    {"race", false},
                    {"tolerance", 1e-4},
                    {"l1_A", 0.0},
                    {"init_A", std::string("\xe9.npy")}};
  record.matrix = {"in\xe9 \\x41.npy", 20, 12, true, 100, 2.5};
  record.identity = {{"seed", "0"}, {"number of rows of the matrix", "20"}};
  record.layout = {4, 2, 1, {2, 2}, true, 5, 1024, 12.5, std::nullopt};
  record.phases = {{"read", {{2, 1}, {}}},
                   {"write", {{4, 3}, {{"all_reduce", {{6, 5}, {8, 7}, {0.5, 0.25}}}}}}};
  record.work.peak_flops_per_second = {2e9, 1e9};
  record.work.kinds[0] = {{1, 0.5}, {100, 50}, 0.125};
  record.versions = {{"partita", "1.2.3"}};
  record.merged_from = {"a", "b\xff"};
  return record;
}

// What scripts read: names, order and kinds of values.
constexpr const char* kSome = R"({
  "status": "converged",
  "best_restart": 3,
  "relative_error": 0.25,
  "iterations": 57,
  "stop_reason": "max_iterations",
  "seconds": 1.5,
  "scaling": "as computed",
  "options": {
    "components": 4,
    "seed": 18446744073709551615,
    "max_time": null,
    "race": false,
    "tolerance": 0.0001,
    "l1_A": 0.0,
    "init_A": "\\xe9.npy"
  },
  "matrix": {
    "file": "in\\xe9 \\x5cx41.npy",
    "rows": 20,
    "columns": 12,
    "sparse": true,
    "stored": 100,
    "frobenius_norm": 2.5
  },
  "identity": {
    "seed": "0",
    "number of rows of the matrix": "20"
  },
  "layout": {
    "processes": 4,
    "threads": 2,
    "groups": 1,
    "grid": [
      2,
      2
    ],
    "shared_X": true,
    "batch": 5,
    "predicted_bytes_per_process": 1024.0,
    "predicted_words_per_pass": 12.5,
    "available_bytes_per_process": null
  },
  "phases": {
    "read": {
      "seconds": {
        "max": 2.0,
        "mean": 1.0
      }
    },
    "write": {
      "seconds": {
        "max": 4.0,
        "mean": 3.0
      },
      "traffic": {
        "all_reduce": {
          "calls": {
            "max": 6.0,
            "mean": 5.0
          },
          "words": {
            "max": 8.0,
            "mean": 7.0
          },
          "seconds": {
            "max": 0.5,
            "mean": 0.25
          }
        }
      }
    }
  },
  "work": {
    "peak_flops_per_second": {
      "max": 2000000000.0,
      "mean": 1000000000.0
    },
    "products": {
      "seconds": {
        "max": 1.0,
        "mean": 0.5
      },
      "flops": {
        "max": 100.0,
        "mean": 50.0
      },
      "share_of_peak": 0.125
    },
)";

TEST(RunRecord, TheSchemaOfItsText) {
  const std::string text = text_of(some_record());
  EXPECT_EQ(text.substr(0, std::string(kSome).size()), kSome);
  EXPECT_NE(text.find(R"(  "versions": {
    "partita": "1.2.3"
  },
  "merged_from": [
    "a",
    "b\\xff"
  ]
}
)"),
            std::string::npos)
      << text;
}

TEST(RunRecord, ComesBackAsItWas) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string text = text_of(some_record());
  const RunRecord back = read_run_record(folder.put("run.json", text));
  EXPECT_EQ(text_of(back), text);
  EXPECT_EQ(back.matrix.file, some_record().matrix.file);
  EXPECT_EQ(back.merged_from, some_record().merged_from);
  EXPECT_EQ(back.identity, some_record().identity);
}

TEST(RunRecord, AFieldThatIsMissingOrOfAnotherKindIsNamed) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto refused = [&](const std::string& old, const std::string& now,
                           const std::string& field) {
    std::string text = text_of(some_record());
    text.replace(text.find(old), old.size(), now);
    const std::string path = folder.put("run.json", text);
    partita::testing::expect_error(world, ErrorKind::bad_data, {path, "'" + field + "'"},
                                   [&] { static_cast<void>(read_run_record(path)); });
  };
  refused("\"grid\"", "\"gird\"", "layout.grid");
  refused("\"batch\": 5", "\"batch\": -5", "layout.batch");
  refused("\"sparse\": true", "\"sparse\": 1", "matrix.sparse");
  refused("\"max\": 6.0", "\"max\": \"6\"", "phases.write.traffic.all_reduce.calls.max");
  refused("\"share_of_peak\": 0.125", "\"share_of_peak\": []", "work.products.share_of_peak");
  refused("\"race\": false", "\"race\": []", "options.race");
  refused("\"partita\": \"1.2.3\"", "\"partita\": 1", "versions.partita");
  refused("\"a\",", "7,", "merged_from");
  refused("      2,\n", "", "layout.grid");
}

TEST(RunRecord, ToldToHaveStoppedEarlyOrNot) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  RunRecord record = some_record();
  EXPECT_FALSE(tells_of_early_end(folder.put("run.json", text_of(record))));
  for (const StopReason reason : {StopReason::time_limit, StopReason::interrupted}) {
    record.status = reason;
    EXPECT_TRUE(tells_of_early_end(folder.put("run.json", text_of(record))));
  }
  EXPECT_FALSE(tells_of_early_end(folder.put("run.json", R"({"status": 7})")));
  EXPECT_FALSE(tells_of_early_end(folder.file("none")));
}

}  // namespace
}  // namespace partita::app

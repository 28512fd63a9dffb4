#include "partita/base/error.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "job/node_memory.hpp"
#include "nearest_name.hpp"
#include "progress.hpp"
#include "slurm_job_end.hpp"
#include "text_values.hpp"

namespace partita::app {
namespace {

TEST(NearestName, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("sede", "seed"), 1U) << "swapped neighbours are one edit";
}

TEST(NearestName, FindsOnlyWhatIsClose) {
  const std::vector<std::string> names = {"fit", "evaluate", "generate", "info"};
  EXPECT_EQ(nearest_name("evalute", names), "evaluate");
  EXPECT_EQ(nearest_name("gen", names), "generate");
  EXPECT_EQ(nearest_name("fti", names), "fit");
  EXPECT_FALSE(nearest_name("xyzzy", names).has_value());
  EXPECT_FALSE(nearest_name("fit", {}).has_value());
  EXPECT_EQ(suggestion("ifno", names), "; did you mean 'info'?");
  EXPECT_EQ(suggestion("qqqqqq", names), "");
}

TEST(Duration, Forms) {
  const auto seconds = [](const std::string& text) { return parse_duration("--max-time", text); };
  EXPECT_EQ(seconds("90"), 90);
  EXPECT_EQ(seconds("1.5"), 1.5);
  EXPECT_EQ(seconds("90:00"), 5400);
  EXPECT_EQ(seconds("2:03"), 123);
  EXPECT_EQ(seconds("1:02:03.5"), 3723.5);
  EXPECT_EQ(seconds("100:00:00"), 360000);
  for (const std::string text : {"", "0", "-1", "1:", ":1", "1:60", "1:60:00", "1:2:3:4", "1h",
                                 "1:-2", "-0:05", "1.5:00", "nan", "inf", "0:00", "1: 2"}) {
    EXPECT_THROW((void)seconds(text), Error) << text;
  }
}

TEST(Bytes, Units) {
  EXPECT_EQ(parse_bytes("x", "1000"), 1000);
  EXPECT_EQ(parse_bytes("x", "2K"), 2048);
  EXPECT_EQ(parse_bytes("x", "1.5G"), 1.5 * 1024 * 1024 * 1024);
  for (const std::string text : {"", "G", "-1", "0", "1GB", "x", "1 G", "nan"}) {
    EXPECT_THROW((void)parse_bytes("x", text), Error) << text;
  }
  EXPECT_EQ(readable_bytes(512), "512 B");
  EXPECT_EQ(readable_bytes(1536.0 * 1024), "1.5 MiB");
}

TEST(Numbers, ShortestTextReadsBackTheSame) {
  for (const double value : {0.1, 1.0 / 3, 1e-300, 123456789.123456789, 0.0}) {
    double again = -1;
    ASSERT_TRUE(read_whole(shortest(value), again));
    EXPECT_EQ(again, value);
  }
}

/// A made-up machine in a temporary folder.
class MemoryTest : public testing::Test {
 protected:
  MemoryTest() {
    root_ = std::filesystem::temp_directory_path() / ("partita-memory-" + std::to_string(getpid()));
    sources_.root = root_;
    sources_.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      if (found == environment_.end()) return {};
      return found->second;
    };
    file("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable: 800 kB\n");
  }
  ~MemoryTest() override { std::filesystem::remove_all(root_); }
  void file(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  double available() { return available_on_node(sources_); }

  std::filesystem::path root_;
  std::map<std::string, std::string> environment_;
  MemorySources sources_;
};

TEST_F(MemoryTest, System) {
  EXPECT_EQ(available(), 800 * 1024);
}

TEST_F(MemoryTest, ControlGroupVersion2CountsEnclosingGroupsAndReclaimableCache) {
  file("proc/self/cgroup", "0::/slice/job\n");
  file("sys/fs/cgroup/slice/memory.max", "500000\n");
  file("sys/fs/cgroup/slice/memory.current", "300000\n");
  file("sys/fs/cgroup/slice/memory.stat", "anon 200000\ninactive_file 100000\n");
  file("sys/fs/cgroup/slice/job/memory.max", "max\n");
  file("sys/fs/cgroup/slice/job/memory.current", "300000\n");
  EXPECT_EQ(available(), 300000);
}

TEST_F(MemoryTest, ControlGroupVersion1) {
  file("proc/self/cgroup", "3:cpu,cpuacct:/x\n7:hugetlb,memory:/job\n");
  file("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "400000\n");
  file("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "150000\n");
  EXPECT_EQ(available(), 250000);
}

TEST_F(MemoryTest, Slurm) {
  file("proc/meminfo", "MemAvailable: 80000000 kB\n");
  environment_["SLURM_MEM_PER_NODE"] = "100";
  EXPECT_EQ(available(), 100.0 * 1024 * 1024);
  environment_ = {{"SLURM_MEM_PER_CPU", "10"}, {"SLURM_CPUS_ON_NODE", "4"}};
  EXPECT_EQ(available(), 40.0 * 1024 * 1024);
  environment_ = {{"SLURM_MEM_PER_NODE", "0"}};
  EXPECT_EQ(available(), 80000000.0 * 1024) << "0 stands for the whole node";
}

TEST_F(MemoryTest, ShareableIsWhatTheFileSystemOfSharedMemoryHas) {
  EXPECT_EQ(shareable_on_node(sources_), 0) << "there is none";
  std::filesystem::create_directories(root_ / "dev/shm");
  EXPECT_GT(shareable_on_node(sources_), 0);
}

TEST_F(MemoryTest, OverrideWins) {
  environment_["PARTITA_MEMORY_LIMIT"] = "2G";
  EXPECT_EQ(available(), 2.0 * 1024 * 1024 * 1024);
  environment_["PARTITA_MEMORY_LIMIT"] = "much";
  EXPECT_THROW((void)available(), Error);
}

TEST(CheckMemory, TellsTheNumbers) {
  JobPlan plan;
  plan.bytes_per_process = 3.0 * 1024 * 1024;
  EXPECT_NO_THROW(check_memory(plan, {12.0 * 1024 * 1024, 4}));
  try {
    check_memory(plan, {11.0 * 1024 * 1024, 4});
    ADD_FAILURE() << "too large a job was let through";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    const std::string message = error.what();
    for (const std::string part : {"3.0 MiB", "4 of them", "11.0 MiB", "--precision single"}) {
      EXPECT_NE(message.find(part), std::string::npos) << message;
    }
  }
}

TEST(SlurmJobEnd, ReadsWhatSqueuePrints) {
  const double start = parse_slurm_time("2026-01-31T23:59:59\n");
  EXPECT_EQ(parse_slurm_time("2026-02-01T00:00:09\n") - start, 10);
  for (const char* text : {"", "NONE\n", "N/A", "Unknown", "slurm_load_jobs error: no such job"}) {
    EXPECT_TRUE(std::isinf(parse_slurm_time(text))) << text;
  }
}

/// A squeue of our own in PATH, and a job's number.
class FakeSlurm {
 public:
  FakeSlurm() : path_(std::getenv("PATH")) {
    std::string name = (std::filesystem::temp_directory_path() / "partita-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::ofstream(folder_ / "squeue")
        << "#!/bin/sh\n[ \"$2\" = --jobs=42 ] && date -d '+100 seconds' +%Y-%m-%dT%H:%M:%S\n";
    std::filesystem::permissions(folder_ / "squeue", std::filesystem::perms::owner_all);
    setenv("PATH", (folder_.string() + ":" + path_).c_str(), 1);
    setenv("SLURM_JOB_ID", "42", 1);
  }
  ~FakeSlurm() {
    unsetenv("SLURM_JOB_ID");
    setenv("PATH", path_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }
  FakeSlurm(const FakeSlurm&) = delete;
  FakeSlurm& operator=(const FakeSlurm&) = delete;

 private:
  std::string path_;
  std::filesystem::path folder_;
};

TEST(SlurmJobEnd, LeavesTimeToSave) {
  EXPECT_TRUE(std::isinf(SlurmJobEnd(true).seconds_left())) << "no job of SLURM";
  const FakeSlurm slurm;
  EXPECT_TRUE(std::isinf(SlurmJobEnd(false).seconds_left()));
  const SlurmJobEnd end(true);
  while (std::isinf(end.seconds_left())) std::this_thread::yield();
  EXPECT_LE(end.seconds_left(), 85) << "15 of the 100 seconds are for saving";
  EXPECT_GT(end.seconds_left(), 0);
}

TEST(ProgressReporter, NamesRestartIterationAndError) {
  EXPECT_EQ(ProgressReporter::text({2, 57, 0.0123}, 5, 500),
            "restart 2 of 5, iteration 57 of 500, relative error 0.0123");
}

TEST(ProgressReporter, KeepsQuietBetweenReports) {
  std::FILE* stream = std::tmpfile();
  ProgressReporter reporter(ProgressStyle::bar, 5, 500, stream);
  for (int i = 0; i < 1000; ++i) reporter.report({0, i, 0.5});
  reporter.finish();
  EXPECT_LT(std::ftell(stream), 500) << "a thousand iterations in a moment show once at most";
  std::fclose(stream);
}

}  // namespace
}  // namespace partita::app

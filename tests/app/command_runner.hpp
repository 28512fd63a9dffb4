#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace partita::app {

/// What a finished command left behind.
struct Outcome {
  int code = -1;
  std::string out;
  std::string err;

  [[nodiscard]] std::string last_line() const {
    std::istringstream lines(out);
    std::string line;
    std::string last;
    while (std::getline(lines, line)) last = line;
    return last;
  }
  /// The fields of a line of name=value words.
  [[nodiscard]] std::map<std::string, std::string> fields() const {
    std::map<std::string, std::string> found;
    std::istringstream words(last_line());
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      if (equals != std::string::npos) found[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return found;
  }
  [[nodiscard]] double number(const std::string& field) const {
    const auto all = fields();
    const auto found = all.find(field);
    return found == all.end() ? -1 : std::strtod(found->second.c_str(), nullptr);
  }
};

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A temporary folder in which the built program is run under mpirun.
class CommandRunner {
 public:
  CommandRunner() {
    std::string name = (std::filesystem::temp_directory_path() / "partita-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  ~CommandRunner() { std::filesystem::remove_all(folder_); }
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;

  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] bool has(const std::string& name) const {
    return std::filesystem::exists(path(name));
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }

  /// `partita ARGUMENTS` in the folder, under mpirun or, on one process, without; `before` is shell
  /// text in front of it. A command that hangs ends with 124.
  [[nodiscard]] Outcome run(int processes, const std::string& arguments,
                            const std::string& before = "") const {
    return shell(before + " timeout -k 5 120 " + launch(processes) + arguments);
  }
  [[nodiscard]] static std::string launch(int processes) {
    const std::string launcher =
        processes == 1 ? PARTITA_ALONE : PARTITA_MPIEXEC " -n " + std::to_string(processes) + " ";
    return launcher + PARTITA_PROGRAM " ";
  }
  Outcome shell(const std::string& command) const {
    const std::string line =
        "cd '" + folder_.string() + "' && { " + command + " ; } >.stdout 2>.stderr </dev/null";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(path(".stdout")),
            contents(path(".stderr"))};
  }

 private:
  std::filesystem::path folder_;
};

/// A small file system in the runner's folder while the object lives.
class SmallDisk {
 public:
  /// @param options  of mount, such as "size=32k" or "ro".
  SmallDisk(const CommandRunner& runner, const std::string& name, const std::string& options)
      : runner_(runner), path_(runner.path(name).string()) {
    mounted_ = runner_
                   .shell("mkdir '" + path_ + "' && mount -t tmpfs -o " + options +
                          " partita-test '" + path_ + "'")
                   .code == 0;
  }
  ~SmallDisk() {
    if (mounted_) runner_.shell("umount '" + path_ + "'");
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  /// Not everybody may mount one.
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  const CommandRunner& runner_;
  std::string path_;
  bool mounted_ = false;
};

}  // namespace partita::app

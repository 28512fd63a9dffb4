#include "io/files/atomic_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "comm/agreement.hpp"
#include "io/io_support.hpp"

namespace partita::testing {
namespace {

TEST(AtomicFile, EverybodyWritesAtOffsets) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string path = folder.put("x", "old content that is longer than what comes");
  {
    AtomicFile file(world, path);
    together(world, [&] {
      const std::string mine(3, static_cast<char>('a' + world.rank()));
      file.write(3 * (world.size() - 1 - world.rank()), mine);
    });
    wait_for_all(world);
    EXPECT_EQ(folder.names().size(), 2U);
    EXPECT_EQ(content_of(path).substr(0, 3), "old");
    file.commit();
  }
  std::string expected;
  for (int r = world.size() - 1; r >= 0; --r)
    expected += std::string(3, static_cast<char>('a' + r));
  EXPECT_EQ(content_of(path), expected);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x"});
}

TEST(AtomicFile, NothingRemainsUnlessCommitted) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  expect_error(world, ErrorKind::bad_data, {"some other failure"}, [&] {
    AtomicFile file(world, folder.file("x"));
    together(world, [&] {
      file.write(0, std::string("half"));
      if (world.rank() == world.size() - 1) throw Error(ErrorKind::bad_data, "some other failure");
    });
    file.commit();
  });
  wait_for_all(world);
  EXPECT_TRUE(folder.names().empty());
}

TEST(AtomicFile, LeftoversOfTheSameFileGo) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  static_cast<void>(folder.put(".x.1-0.partial", "half"));
  for (const std::string name : {".x.partial", ".x.1-0.partial.kept", ".xy.1-0.partial"}) {
    static_cast<void>(folder.put(name, "of somebody else"));
  }
  {
    AtomicFile living(world, folder.file("x"));
    write_text_file(world, folder.file("x"), "text");
    living.commit();  // what is being written is no leftover
  }
  wait_for_all(world);
  EXPECT_EQ(content_of(folder.file("x")), "");
  EXPECT_EQ(folder.names().size(), 4U);
}

TEST(AtomicFile, CannotBeCreated) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto refused = [&](const std::string& path, const std::string& why) {
    expect_error(world, ErrorKind::cannot_create, {path, why},
                 [&] { write_text_file(world, path, "text"); });
  };
  refused(folder.file("no/such/x"), "No such file or directory");
  refused(folder.file("file") + "/x", "");
  const std::string directory = folder.file("directory");
  if (world.is_root()) ::mkdir(directory.c_str(), 0755);
  wait_for_all(world);
  refused(directory, "directory");
  refused(directory + "/", "not a file name");
  refused("/dev/null", "not a regular file");
  refused("", "");
  if (::geteuid() == 0) return;  // root may write everywhere
  if (world.is_root()) ::chmod(directory.c_str(), 0555);
  wait_for_all(world);
  refused(directory + "/x", "denied");
}

TEST(AtomicFile, FullDiskLeavesNothing) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const std::string before = folder.put("x", "before");
  for (const int failing : {0, world.size() - 1}) {
    expect_error(world, ErrorKind::input_output, {before, "writing failed"}, [&] {
      AtomicFile file(world, before);
      together(world, [&] {
        std::optional<FullDisk> full;
        if (world.rank() == failing) full.emplace(1000);
        file.write(0, std::string(2000, 'x'));
      });
      file.commit();
    });
  }
  wait_for_all(world);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x"});
  EXPECT_EQ(content_of(before), "before");
}

TEST(AtomicFile, TextFromProcessZero) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  write_text_file(world, folder.file("run.json"), world.is_root() ? "{}\n" : "not mine");
  EXPECT_EQ(content_of(folder.file("run.json")), "{}\n");
  write_text_file(world, folder.file("empty"), "");
  EXPECT_EQ(content_of(folder.file("empty")), "");
  wait_for_all(world);
}

}  // namespace
}  // namespace partita::testing

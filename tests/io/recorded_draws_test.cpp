#include "io/formats/recorded_draws.hpp"

#include "io/io_support.hpp"

namespace partita::testing {
namespace {

TEST(RecordedDraws, Als) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto draws = read_recorded_draws(
      world, folder.put("d.csv", "iteration,column,row\n1,4,2\n2,0,1\r\n\n3,5,3"), 15, 9);
  ASSERT_EQ(draws.size(), 3U);
  EXPECT_EQ(draws[0].column, 4);
  EXPECT_EQ(draws[0].row, 2);
  EXPECT_EQ(draws[2].column, 5);
  EXPECT_TRUE(draws[2].inner_rows.empty());
}

TEST(RecordedDraws, Kaczmarz) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto draws = read_recorded_draws(world,
                                         folder.put("d.csv",
                                                    "iteration,column,row,inner_row,inner_column\n"
                                                    "1,4,2,5,3\n1,4,2,7,1\n2,0,1,14,8\n"),
                                         15, 9);
  ASSERT_EQ(draws.size(), 2U);
  EXPECT_EQ(draws[0].inner_rows, (std::vector<Index>{5, 7}));
  EXPECT_EQ(draws[0].inner_columns, (std::vector<Index>{3, 1}));
  EXPECT_EQ(draws[1].inner_rows, (std::vector<Index>{14}));
}

TEST(RecordedDraws, BadFiles) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const auto refused = [&](const std::string& content, const std::vector<std::string>& parts) {
    const std::string path = folder.put("d.csv", content);
    expect_error(world, ErrorKind::bad_data, parts,
                 [&] { (void)read_recorded_draws(world, path, 15, 9); });
  };
  const std::string plain = "iteration,column,row\n";
  refused("", {"d.csv", "line 1", "iteration,column,row"});
  refused("a,b\n", {"line 1"});
  refused(plain, {"no draws"});
  refused(plain + "1,9,0\n", {"line 2", "column 9", "0..8"});
  refused(plain + "1,0,15\n", {"line 2", "row 15", "0..14"});
  refused(plain + "1,0,x\n", {"line 2", "row \"x\""});
  refused(plain + "1,0\n", {"line 2", "found 2"});
  refused(plain + "1,0,0\n1,0,0\n", {"line 3", "iteration 1"});
  refused(plain + "1,0,0\n3,0,0\n", {"line 3", "iteration 3"});
  refused("iteration,column,row,inner_row,inner_column\n1,0,0,0,0\n1,1,0,0,0\n", {"line 3"});
  expect_error(world, ErrorKind::no_input, {"none.csv"},
               [&] { (void)read_recorded_draws(world, folder.file("none.csv"), 15, 9); });
}

}  // namespace
}  // namespace partita::testing

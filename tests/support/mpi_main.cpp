#include <cstdlib>

#include <gtest/gtest.h>
#include <mpi.h>

namespace {

/// Makes a test fail on every process when it fails on one, so that no process runs ahead into the
/// next test's collectives and the exit code is the same everywhere.
class FailTogether : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& info) override {
    int failed = info.result()->Failed() ? 1 : 0;
    int anywhere = 0;
    MPI_Allreduce(&failed, &anywhere, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (anywhere != 0 && failed == 0) any_elsewhere = true;
  }

 public:
  bool any_elsewhere = false;
};

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  testing::InitGoogleTest(&argc, argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (rank != 0) delete listeners.Release(listeners.default_result_printer());
  auto* fail_together = new FailTogether;  // owned by the listeners
  listeners.Append(fail_together);
  int result = RUN_ALL_TESTS();
  if (fail_together->any_elsewhere) result = EXIT_FAILURE;
  MPI_Finalize();
  return result;
}

#include "select/measure/fit_task.hpp"

namespace partita {

std::string FitTask::name() const {
  std::string word;
  switch (kind) {
    case FitKind::holdout:
      word = "holdout";
      break;
    case FitKind::bicrossvalidation:
      word = "bcv";
      break;
    case FitKind::recurrence:
      word = "stability";
      break;
  }
  return word + " k=" + std::to_string(components) + " part=" + std::to_string(part);
}

}  // namespace partita

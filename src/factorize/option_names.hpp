#pragma once

#include "partita/factorize/options.hpp"

#include "base/choices.hpp"

namespace partita {

// What users call the settings, on the command line and in reports; solvers and their rules for
// least squares have their names in their tables.
inline const Choices<Schedule> kSchedules = {{"sweep", Schedule::sweep},
                                             {"random", Schedule::random}};
inline const Choices<Constraint> kConstraints = {{"nonnegative", Constraint::nonnegative},
                                                 {"none", Constraint::none}};
inline const Choices<StartKind> kStarts = {{"random", StartKind::random},
                                           {"nndsvd", StartKind::nndsvd},
                                           {"columns", StartKind::columns},
                                           {"given", StartKind::given}};
inline const Choices<EntryRuleKind> kEntryRules = {{"auto", EntryRuleKind::automatic},
                                                   {"gram", EntryRuleKind::gram},
                                                   {"residuals", EntryRuleKind::residuals}};
inline const Choices<RowSampling> kSamplings = {{"norm", RowSampling::squared_norm},
                                                {"uniform", RowSampling::uniform}};

}  // namespace partita

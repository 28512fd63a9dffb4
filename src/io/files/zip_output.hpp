#pragma once

#include "partita/base/index.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace partita {

/// A member of a zip archive that is written: its bytes stand in it as they are, behind a header.
struct NewZipMember {
  std::string name;
  Index header = 0;  ///< place of the header in the archive
  Index size = 0;    ///< of the bytes behind it
  std::uint32_t checksum = 0;
};

/// Bytes of the header of a member of that name.
[[nodiscard]] Index zip_header_size(const std::string& name);
/// The header; sizes may be of more than 4 GiB. The time is that at which zip began, so that equal
/// content gives equal files.
[[nodiscard]] std::string zip_header(const NewZipMember& member);
/// What an archive ends with. @param begin  its place, behind all members.
[[nodiscard]] std::string zip_directory(const std::vector<NewZipMember>& members, Index begin);

}  // namespace partita

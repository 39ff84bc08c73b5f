#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "app/config_values.h"
#include "base/result.h"

namespace pulso::app {

/// One `name = value` of a file.
struct FileEntry {
  std::string key;  ///< with its section: `server.listen`
  RawValue value;
  std::size_t line = 0;  ///< from 1
};

/// The entries of a TOML document, in no particular order. Syntax errors name `file_name` and the line.
[[nodiscard]] Result<std::vector<FileEntry>> parse_toml(std::string_view text, std::string_view file_name);

/// The entries of a `.env` file: `NAME=value` lines, `export NAME=…`, `#` comments, `'…'` taken as it is, `"…"` with
/// `\n`, `\"` and `\\`. Nothing is expanded. Errors name `file_name` and the line, never a value.
[[nodiscard]] Result<std::vector<FileEntry>> parse_dotenv(std::string_view text, std::string_view file_name);

/// A whole file of at most 1 MiB; `Errc::not_found` when there is none.
[[nodiscard]] Result<std::string> read_small_file(const std::string& path);

}  // namespace pulso::app

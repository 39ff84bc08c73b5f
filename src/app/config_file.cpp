#include "app/config_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace pulso::app {
namespace {

RawValue raw_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  const auto* array = node.as_array();
  if (array == nullptr) return std::monostate{};
  std::vector<std::string> elements;
  for (const toml::node& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr) return std::monostate{};
    elements.push_back(text->get());
  }
  return elements;
}

void flatten(const toml::table& table, const std::string& prefix, std::vector<FileEntry>& out) {
  for (const auto& [key, node] : table) {
    const std::string full_key = prefix + std::string{key.str()};
    if (const auto* section = node.as_table()) {
      flatten(*section, full_key + '.', out);
    } else {
      out.push_back({full_key, raw_of(node), key.source().begin.line});
    }
  }
}

}  // namespace

Result<std::vector<FileEntry>> parse_toml(std::string_view text, std::string_view file_name) {
  try {
    const toml::table document = toml::parse(text);
    std::vector<FileEntry> entries;
    flatten(document, "", entries);
    return entries;
  } catch (const toml::parse_error& error) {
    return fail(Errc::invalid_argument,
                fmt::format("{}:{}: {}", file_name, error.source().begin.line, error.description()));
  }
}

Result<std::string> read_small_file(const std::string& path) {
  constexpr std::size_t bytes_max = 1024 * 1024;
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    const int reason = errno;
    return fail(reason == ENOENT || reason == ENOTDIR ? Errc::not_found : Errc::unavailable,
                fmt::format("{}: {}", path, std::generic_category().message(reason)));
  }
  std::string text(bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max) return fail(Errc::too_large, fmt::format("{}: larger than 1 MiB", path));
  if (file.bad()) return fail(Errc::unavailable, fmt::format("{}: can't be read", path));
  return text;
}

}  // namespace pulso::app

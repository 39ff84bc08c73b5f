#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "app/config_file.h"
#include "base/encoding.h"

namespace pulso::app {
namespace {

bool is_name(std::string_view text) noexcept {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, is_word);
}

/// What may stand after a closing quote.
bool is_rest(std::string_view text) noexcept {
  const std::string_view rest = trimmed(text);
  return rest.empty() || rest.front() == '#';
}

std::optional<std::string> single_quoted(std::string_view text) {
  const std::size_t end = text.find('\'', 1);
  if (end == std::string_view::npos || !is_rest(text.substr(end + 1))) return std::nullopt;
  return std::string{text.substr(1, end - 1)};
}

std::optional<std::string> double_quoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return is_rest(text.substr(i + 1)) ? std::optional{out} : std::nullopt;
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == '"' || text[i + 1] == '\\')) {
      ++i;
      out += text[i] == 'n' ? '\n' : text[i];
    } else {
      out += text[i];
    }
  }
  return std::nullopt;
}

std::optional<std::string> value_of(std::string_view text) {
  if (text.starts_with('\'')) return single_quoted(text);
  if (text.starts_with('"')) return double_quoted(text);
  if (text.starts_with('#')) return std::string{};
  const std::size_t comment = std::min(text.find(" #"), text.find("\t#"));
  return std::string{trimmed(text.substr(0, comment))};
}

}  // namespace

Result<std::vector<FileEntry>> parse_dotenv(std::string_view text, std::string_view file_name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark of Windows' editors
  std::vector<FileEntry> entries;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line.remove_prefix(7);
    const std::size_t equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(name)) {
      return fail(Errc::invalid_argument, fmt::format("{}:{}: expected NAME=value", file_name, number));
    }
    auto value = value_of(trimmed(line.substr(equals + 1)));
    if (!value) return fail(Errc::invalid_argument, fmt::format("{}:{}: a quote is not closed", file_name, number));
    entries.push_back({std::string{name}, std::move(*value), number});
  }
  return entries;
}

}  // namespace pulso::app

#include "net/multipart_form.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace pulso::net {
namespace {

constexpr std::string_view line_end = "\r\n";

bool is_token_char(char c) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         marks.find(c) != std::string_view::npos;
}

/// A field's value and its parameters (RFC 9110 §5.6.6), read from left to right.
class Parameters {
 public:
  explicit Parameters(std::string_view text) : text_(text) {}

  /// What stands before the first semicolon.
  std::string_view value() {
    const std::size_t end = std::min(text_.find(';'), text_.size());
    const std::string_view value = trimmed(text_.substr(0, end));
    text_.remove_prefix(end);
    return value;
  }

  /// The next one; nothing at the end, and when the rest is broken, as `is_broken` tells.
  std::optional<std::pair<std::string, std::string>> next() {
    if (text_.empty()) return std::nullopt;
    text_ = trimmed(text_.substr(1));  // the semicolon
    const auto name_end = std::ranges::find_if_not(text_, is_token_char) - text_.begin();
    const std::string name = to_lower(text_.substr(0, static_cast<std::size_t>(name_end)));
    text_.remove_prefix(static_cast<std::size_t>(name_end));
    if (name.empty() || !text_.starts_with('=')) return broken();
    text_.remove_prefix(1);
    auto value = text_.starts_with('"') ? quoted() : token();
    text_ = trimmed(text_);
    if (!value || (!text_.empty() && !text_.starts_with(';'))) return broken();
    return std::pair{name, *std::move(value)};
  }

  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

 private:
  std::optional<std::pair<std::string, std::string>> broken() {
    is_broken_ = true;
    return std::nullopt;
  }

  std::optional<std::string> token() {
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text_, is_token_char) - text_.begin());
    if (end == 0) return std::nullopt;
    std::string value{text_.substr(0, end)};
    text_.remove_prefix(end);
    return value;
  }

  /// Browsers write `%22` for a quotation mark in a name (WHATWG HTML, multipart encoding) and leave backslashes as
  /// they are; older clients escape by backslash. Only `\"` and `\\` are undone, which suits both.
  std::optional<std::string> quoted() {
    std::string value;
    for (std::size_t i = 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        text_.remove_prefix(i + 1);
        return value;
      }
      const bool is_escape = text_[i] == '\\' && i + 1 < text_.size() && (text_[i + 1] == '"' || text_[i + 1] == '\\');
      value += text_[is_escape ? ++i : i];
    }
    return std::nullopt;
  }

  std::string_view text_;
  bool is_broken_ = false;
};

/// Fills in name and file name from the part's header fields; false when they are not those of a form's part.
bool read_header(std::string_view header, FormPart& part) {
  bool has_name = false;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(line_end), header.size());
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(std::min(end + line_end.size(), header.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    if (!equals_ignoring_case(line.substr(0, colon), "Content-Disposition")) continue;
    if (has_name) return false;
    Parameters parameters{line.substr(colon + 1)};
    if (!equals_ignoring_case(parameters.value(), "form-data")) return false;
    while (auto parameter = parameters.next()) {
      if (parameter->first == "name") {
        part.name = std::move(parameter->second);
        has_name = true;
      } else if (parameter->first == "filename") {
        part.file_name = std::move(parameter->second);
      }
    }
    if (parameters.is_broken()) return false;
  }
  return has_name;
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
  Parameters parameters{content_type};
  if (!equals_ignoring_case(parameters.value(), "multipart/form-data")) return std::nullopt;
  constexpr std::size_t boundary_bytes_max = 70;
  while (auto parameter = parameters.next()) {
    if (parameter->first != "boundary") continue;
    const std::string& boundary = parameter->second;
    const bool is_plain = std::ranges::all_of(boundary, [](char c) { return c >= ' ' && c <= '~'; });
    if (boundary.empty() || boundary.size() > boundary_bytes_max || boundary.ends_with(' ') || !is_plain) break;
    return boundary;
  }
  return std::nullopt;
}

std::optional<std::vector<FormPart>> parse_form(std::string_view body, std::string_view boundary) {
  const std::string delimiter = "--" + std::string{boundary};
  // The first one may stand at the very beginning; each other has a line end in front that belongs to it.
  const std::string inner_delimiter = std::string{line_end} + delimiter;
  std::size_t at = body.starts_with(delimiter) ? delimiter.size() : body.find(inner_delimiter);
  if (at == std::string_view::npos) return std::nullopt;
  if (!body.starts_with(delimiter)) at += inner_delimiter.size();
  std::vector<FormPart> parts;
  while (!body.substr(at).starts_with("--")) {
    at = std::min(body.find_first_not_of(" \t", at), body.size());
    if (!body.substr(at).starts_with(line_end) || parts.size() == form_parts_max) return std::nullopt;
    body.remove_prefix(at + line_end.size());
    const std::size_t header_end = body.substr(0, form_part_header_bytes_max).find("\r\n\r\n");
    if (header_end == std::string_view::npos) return std::nullopt;
    FormPart part;
    if (!read_header(body.substr(0, header_end), part)) return std::nullopt;
    // An empty content has its delimiter's line end where the header's second one stands.
    body.remove_prefix(header_end + line_end.size());
    const std::size_t content_end = body.find(inner_delimiter);
    if (content_end == std::string_view::npos) return std::nullopt;
    if (content_end >= line_end.size()) part.content = body.substr(line_end.size(), content_end - line_end.size());
    parts.push_back(std::move(part));
    at = content_end + inner_delimiter.size();
  }
  return parts;
}

}  // namespace pulso::net

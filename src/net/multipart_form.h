#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pulso::net {

/// One field of a form (RFC 7578 §4.2). Everything points into the body that was parsed, but for the texts.
struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  ///< as the client calls it: for people, never for a path
  std::string_view content;
};

inline constexpr std::size_t form_parts_max = 32;
inline constexpr std::size_t form_part_header_bytes_max = 8 * 1024;

/// The `boundary` of a `multipart/form-data` content type (RFC 2046 §5.1.1); nothing for any other type, and for a
/// boundary that the standard does not allow.
[[nodiscard]] std::optional<std::string> form_boundary(std::string_view content_type);

/// The parts of a whole body, which outlives them. Nothing when the body is not well-formed: a missing end, a part
/// without `Content-Disposition: form-data` and a name, more than `form_parts_max` parts, or a part's header fields
/// over their bound. What stands before the first boundary and behind the last is passed over.
[[nodiscard]] std::optional<std::vector<FormPart>> parse_form(std::string_view body, std::string_view boundary);

}  // namespace pulso::net

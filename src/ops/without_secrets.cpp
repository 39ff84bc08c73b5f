#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "ops/log.h"

namespace pulso::ops {
namespace {

/// Names of query parameters that open something, in lower case without `-` and `_`.
constexpr std::array<std::string_view, 16> secret_names{
    "token", "accesstoken", "refreshtoken", "idtoken", "apikey", "key",      "session", "sid",
    "pid",   "signature",   "sig",          "jwt",     "secret", "password", "passwd",  "authorization"};

/// A name that can't be decoded hides its value too: nobody knows what it would mean to a more lenient reader.
bool is_secret(std::string_view encoded_name) {
  const auto name = percent_decode(encoded_name, true);
  if (!name) return true;
  std::string folded = to_lower(*name);
  std::erase_if(folded, [](char c) { return c == '-' || c == '_' || c == ' '; });
  return std::ranges::find(secret_names, folded) != secret_names.end();
}

/// Scheme, user information, host and path: `postgresql://user:pass@host/db` becomes `postgresql://***@host/db`.
void append_before_query(std::string& out, std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos) {
    const std::size_t begin = scheme + 3;
    const std::string_view authority = text.substr(begin, text.find('/', begin) - begin);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
      out += text.substr(0, begin);
      out += "***";
      text.remove_prefix(begin + at);
    }
  }
  out += text;
}

void append_parameter(std::string& out, std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos || !is_secret(parameter.substr(0, equals))) {
    out += parameter;
    return;
  }
  out += parameter.substr(0, equals + 1);
  out += "***";
}

}  // namespace

std::string without_secrets(std::string_view target) {
  std::string out;
  out.reserve(target.size());
  const std::size_t query = target.find('?');
  append_before_query(out, target.substr(0, query));
  if (query == std::string_view::npos) return out;
  for (std::size_t at = query; at < target.size();) {
    out += target[at];
    const std::size_t end = std::min(target.find_first_of("&;#?", at + 1), target.size());
    append_parameter(out, target.substr(at + 1, end - at - 1));
    at = end;
  }
  return out;
}

}  // namespace pulso::ops

#include "features/seats/user_info.h"

#include <string_view>

#include <boost/json/value.hpp>

#include "base/json_write.h"

namespace pulso::seats {
namespace {

std::string cleaned(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f || byte == '<' || byte == '>') continue;
    // C1 controls are U+0080–U+009F: C2 80 to C2 9F in UTF-8.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      ++i;
      continue;
    }
    clean += text[i];
  }
  return clean;
}

}  // namespace

Outcome<std::string> shared_user_info(const boost::json::object& given, UserInfoShared shared) {
  boost::json::object result;
  std::size_t value_bytes = 0;
  for (const auto& [key, value] : given) {
    if (!value.is_string() && !value.is_number() && !value.is_bool())
      return refuse(SeatsErrc::bad_message, "user_info");
    value_bytes += key.size() + (value.is_string() ? value.get_string().size() : 1);
    if (value_bytes > user_info_bytes_max) return refuse(SeatsErrc::bad_message, "user_info");
    if (shared == UserInfoShared::none || (shared == UserInfoShared::name && key != "name")) continue;
    if (value.is_string()) {
      result[cleaned(key)] = cleaned(value.get_string());
    } else {
      result[cleaned(key)] = value;
    }
  }
  // The bound is on what was given, however much of it is shared.
  if (write_json(given).size() > user_info_bytes_max) return refuse(SeatsErrc::bad_message, "user_info");
  return write_json(result);
}

}  // namespace pulso::seats

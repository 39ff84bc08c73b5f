#include "features/events/bank_signature.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.h"

namespace pulso::events {
namespace {

constexpr std::size_t signatures_max = 4;

std::optional<std::int64_t> seconds_of(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t most = 253'402'300'799;  // the year 9999
  const bool is_good = error == std::errc{} && end == text.data() + text.size() && seconds >= 0 && seconds <= most;
  return is_good ? std::optional{seconds} : std::nullopt;
}

}  // namespace

BankSignature::Verdict BankSignature::check(std::string_view field, std::string_view method, std::string_view target,
                                            std::string_view body, WallTime now) const {
  std::string_view time;
  std::string_view signatures[signatures_max];
  std::size_t count = 0;
  while (!field.empty()) {
    const std::size_t end = std::min(field.find(','), field.size());
    const std::string_view part = trimmed(field.substr(0, end));
    field.remove_prefix(std::min(end + 1, field.size()));
    if (part.starts_with("t=")) {
      if (!time.empty()) return Verdict::bad;
      time = part.substr(2);
    } else if (part.starts_with("v1=") && count < signatures_max) {
      signatures[count++] = part.substr(3);
    }
  }
  const auto seconds = seconds_of(time);
  if (!seconds || count == 0) return Verdict::bad;
  std::string signed_text;
  signed_text.reserve(time.size() + method.size() + target.size() + body.size() + 3);
  signed_text.append(time).append(".").append(method).append(" ").append(target).append(".").append(body);
  const HmacSha256::Digest digest = hmac_.sign(signed_text);
  const std::string wanted = hex_encode({digest.data(), digest.size()});
  bool fits = false;
  for (std::size_t i = 0; i < count; ++i) fits = equals_in_constant_time(to_lower(signatures[i]), wanted) || fits;
  if (!fits) return Verdict::bad;
  const milliseconds away = now - WallTime{std::chrono::seconds{*seconds}};
  return away > tolerance || away < -tolerance ? Verdict::stale : Verdict::good;
}

}  // namespace pulso::events

#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/sha256.h"

namespace pulso::events {

/// How the bank proves that a call is its own: `X-Bank-Signature: t=1705312800,v1=5257a8…`, where `t` is the time in
/// seconds since 1970 and `v1` the HMAC-SHA256, in hexadecimal, of `<t>.<METHOD> <target>.<body>`, the target being as
/// the request line has it. More than one `v1` may stand there, so that a secret can be changed; one has to fit.
/// A call that was listened to and sent again is old after five minutes, and before that changes nothing: every call is
/// idempotent.
class BankSignature {
 public:
  static constexpr milliseconds tolerance{5 * 60 * 1'000};
  static constexpr std::string_view header = "X-Bank-Signature";

  enum class Verdict : std::uint8_t { good, bad, stale };

  explicit BankSignature(std::string_view secret) : hmac_(secret) {}

  [[nodiscard]] Verdict check(std::string_view field, std::string_view method, std::string_view target,
                              std::string_view body, WallTime now) const;

 private:
  HmacSha256 hmac_;
};

}  // namespace pulso::events

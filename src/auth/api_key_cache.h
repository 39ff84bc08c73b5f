#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "auth/principal.h"
#include "base/clock.h"

namespace pulso::auth {

/// Principals of API keys that were looked up a moment ago, so that a program that calls us a thousand times a second
/// costs the database one query a second. What it gives back may have been revoked meanwhile: ask `Revocations`.
/// Thread-safe.
class ApiKeyCache {
 public:
  /// How long an answer is believed.
  static constexpr milliseconds lifetime{1'000};
  /// Keys remembered at most; one more is looked up each time until older ones have run out.
  static constexpr std::size_t entries_max = 4'096;

  /// Empty when this key was not looked up lately.
  [[nodiscard]] PrincipalRef find(const std::string& credential, SteadyTime now);
  void remember(const std::string& credential, PrincipalRef principal, SteadyTime now);

 private:
  struct Entry {
    PrincipalRef principal;
    SteadyTime expires_at;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  ///< by digest: no secret stays in memory
};

}  // namespace pulso::auth

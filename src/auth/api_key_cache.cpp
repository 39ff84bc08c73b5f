#include "auth/api_key_cache.h"

#include "auth/api_keys.h"

namespace pulso::auth {

PrincipalRef ApiKeyCache::find(const std::string& credential, SteadyTime now) {
  const std::string digest = digest_of(credential);
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(digest);
  return found != entries_.end() && now < found->second.expires_at ? found->second.principal : nullptr;
}

void ApiKeyCache::remember(const std::string& credential, PrincipalRef principal, SteadyTime now) {
  std::string digest = digest_of(credential);
  const std::lock_guard lock{mutex_};
  if (entries_.size() >= entries_max) {
    std::erase_if(entries_, [now](const auto& entry) { return now >= entry.second.expires_at; });
  }
  if (entries_.size() < entries_max)
    entries_.insert_or_assign(std::move(digest), Entry{std::move(principal), now + lifetime});
}

}  // namespace pulso::auth

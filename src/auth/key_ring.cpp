#include "auth/key_ring.h"

#include <algorithm>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ops/log.h"

namespace pulso::auth {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds reread_interval_min{10};
constexpr std::chrono::minutes refresh_interval{10};
constexpr std::size_t waiting_max = 256;

bool has_key(const KeyList& keys, const std::string& key_id) {
  return std::ranges::any_of(keys, [&](const JwtKeyRef& key) { return key->id() == key_id; });
}

}  // namespace

KeyRing::KeyRing(FixedKeys fixed, std::vector<std::unique_ptr<JwksSource>> sources, const Clock& clock)
    : read_fixed_(std::move(fixed)), clock_(clock) {
  for (auto& source : sources) sets_.push_back({std::move(source), {}});
}

Result<std::unique_ptr<KeyRing>> KeyRing::create(FixedKeys fixed, std::vector<std::unique_ptr<JwksSource>> sources,
                                                 const Clock& clock) {
  std::unique_ptr<KeyRing> ring{new KeyRing{std::move(fixed), std::move(sources), clock}};
  if (auto read = ring->read_fixed(); !read) return fail(read);
  for (Set& set : ring->sets_) {
    auto read = ring->read(set);
    if (!read && !set.source->is_remote()) return fail(read);
    if (!read) ops::log_warning("auth", "a key set cannot be read yet", {{"error", read.error().message}});
  }
  ring->publish();
  if (!ring->sets_.empty()) ring->thread_ = std::thread{[&self = *ring] { self.serve(); }};
  return ring;
}

KeyRing::~KeyRing() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

KeyListRef KeyRing::known_keys_for(const std::string& key_id) const {
  auto keys = keys_.load();
  return !thread_.joinable() || key_id.empty() || has_key(*keys, key_id) ? keys : nullptr;
}

asio::awaitable<KeyListRef> KeyRing::keys_for(std::string key_id) {
  if (auto keys = known_keys_for(key_id)) co_return keys;
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [this, executor](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        want_reading([executor, shared] { asio::post(executor, [shared] { std::move (*shared)(); }); });
      },
      asio::use_awaitable);
  co_return keys_.load();
}

bool KeyRing::may_lack(const std::string& key_id) const {
  return is_set_away_ && !known_keys_for(key_id);
}

Result<void> KeyRing::reload() {
  const std::lock_guard lock{reading_};
  auto result = read_fixed();
  for (Set& set : sets_) {
    if (auto read_set = read(set); !read_set && result) result = std::move(read_set);
  }
  publish();
  return result;
}

Result<void> KeyRing::read_fixed() {
  auto keys = read_fixed_();
  if (!keys) return fail(keys);
  fixed_ = *std::move(keys);
  return {};
}

Result<void> KeyRing::read(Set& set) {
  auto text = set.source->read();
  auto keys = text ? keys_from_jwks(*text) : Result<KeyList>{fail(text)};
  set.is_away = !keys;
  if (!keys) return fail(keys.error().code, set.source->name() + ": " + keys.error().message);
  set.keys = *std::move(keys);
  return {};
}

void KeyRing::publish() {
  is_set_away_ = std::ranges::any_of(sets_, &Set::is_away);
  KeyList all = fixed_;
  for (const Set& set : sets_) all.insert(all.end(), set.keys.begin(), set.keys.end());
  keys_.store(std::move(all));
}

void KeyRing::read_sets() {
  const std::lock_guard lock{reading_};
  for (Set& set : sets_) {
    if (auto done = read(set); !done) {
      ops::log_warning("auth", "a key set cannot be read again", {{"error", done.error().message}});
    }
  }
  publish();
}

void KeyRing::want_reading(std::function<void()> done) {
  {
    const std::lock_guard lock{mutex_};
    const SteadyTime now = clock_.steady_now();
    const bool is_due = is_wanted_ || !wanted_at_ || now - *wanted_at_ >= reread_interval_min;
    if (is_due && !is_stopping_ && waiting_.size() < waiting_max) {
      waiting_.push_back(std::move(done));
      if (!is_wanted_) wanted_at_ = now;
      is_wanted_ = true;
      done = nullptr;
    }
  }
  if (done) return done();
  wake_.notify_one();
}

void KeyRing::serve() {
  std::unique_lock lock{mutex_};
  while (!is_stopping_) {
    wake_.wait_for(lock, refresh_interval, [this] { return is_stopping_ || is_wanted_; });
    if (is_stopping_) break;
    lock.unlock();
    read_sets();
    lock.lock();
    is_wanted_ = false;
    for (const auto& done : std::exchange(waiting_, {})) done();
  }
  for (const auto& done : std::exchange(waiting_, {})) done();
}

}  // namespace pulso::auth

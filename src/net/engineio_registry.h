#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace pulso::net {

class EngineioConnection;
class Shard;

/// A session as other shards see it: where it lives, and a reference to be followed there only.
struct EngineioPlace {
  Shard* shard = nullptr;
  std::weak_ptr<EngineioConnection> session;
};

/// Owns the sessions of one endpoint and finds them by their id. Thread-safe: one short lock per HTTP request, none per
/// message.
class EngineioRegistry {
 public:
  EngineioRegistry();
  ~EngineioRegistry();

  void add(std::shared_ptr<EngineioConnection> session);
  /// Gives the session up to its shard, where it ends; null when it is not here.
  [[nodiscard]] std::shared_ptr<EngineioConnection> take(std::string_view id);

  [[nodiscard]] std::optional<EngineioPlace> find(std::string_view id) const;
  /// A body is on its way to that session; false when another one is already.
  [[nodiscard]] bool begin_post(std::string_view id);
  void end_post(std::string_view id);

  [[nodiscard]] std::size_t size() const;
  /// Those that are there now.
  [[nodiscard]] std::vector<EngineioPlace> all() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const noexcept;
    std::size_t operator()(const std::shared_ptr<EngineioConnection>& session) const noexcept;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const std::shared_ptr<EngineioConnection>& left, std::string_view right) const noexcept;
    bool operator()(std::string_view left, const std::shared_ptr<EngineioConnection>& right) const noexcept;
    bool operator()(const std::shared_ptr<EngineioConnection>& left,
                    const std::shared_ptr<EngineioConnection>& right) const noexcept;
  };

  mutable std::mutex mutex_;
  std::unordered_set<std::shared_ptr<EngineioConnection>, Hash, Equal> sessions_;
  std::unordered_set<std::string_view> posting_;  ///< ids of sessions in `sessions_`
};

}  // namespace pulso::net

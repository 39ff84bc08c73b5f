#include "net/engineio_registry.h"

#include <functional>
#include <utility>

#include "net/engineio_connection.h"

namespace pulso::net {

EngineioRegistry::EngineioRegistry() = default;
EngineioRegistry::~EngineioRegistry() = default;

std::size_t EngineioRegistry::Hash::operator()(std::string_view id) const noexcept {
  return std::hash<std::string_view>{}(id);
}

std::size_t EngineioRegistry::Hash::operator()(const std::shared_ptr<EngineioConnection>& session) const noexcept {
  return operator()(session->id());
}

bool EngineioRegistry::Equal::operator()(const std::shared_ptr<EngineioConnection>& left,
                                         std::string_view right) const noexcept {
  return left->id() == right;
}

bool EngineioRegistry::Equal::operator()(std::string_view left,
                                         const std::shared_ptr<EngineioConnection>& right) const noexcept {
  return left == right->id();
}

bool EngineioRegistry::Equal::operator()(const std::shared_ptr<EngineioConnection>& left,
                                         const std::shared_ptr<EngineioConnection>& right) const noexcept {
  return left == right;
}

void EngineioRegistry::add(std::shared_ptr<EngineioConnection> session) {
  const std::lock_guard lock{mutex_};
  sessions_.insert(std::move(session));
}

std::shared_ptr<EngineioConnection> EngineioRegistry::take(std::string_view id) {
  const std::lock_guard lock{mutex_};
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return nullptr;
  posting_.erase(id);
  return std::move(sessions_.extract(found).value());
}

std::optional<EngineioPlace> EngineioRegistry::find(std::string_view id) const {
  const std::lock_guard lock{mutex_};
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return std::nullopt;
  return EngineioPlace{&(*found)->shard(), *found};
}

bool EngineioRegistry::begin_post(std::string_view id) {
  const std::lock_guard lock{mutex_};
  const auto found = sessions_.find(id);
  return found == sessions_.end() || posting_.insert((*found)->id()).second;
}

void EngineioRegistry::end_post(std::string_view id) {
  const std::lock_guard lock{mutex_};
  posting_.erase(id);
}

std::size_t EngineioRegistry::size() const {
  const std::lock_guard lock{mutex_};
  return sessions_.size();
}

std::vector<EngineioPlace> EngineioRegistry::all() const {
  const std::lock_guard lock{mutex_};
  std::vector<EngineioPlace> places;
  places.reserve(sessions_.size());
  for (const auto& session : sessions_) places.push_back({&session->shard(), session});
  return places;
}

}  // namespace pulso::net

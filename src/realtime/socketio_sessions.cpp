#include "realtime/socketio_sessions.h"

#include <charconv>
#include <utility>

namespace pulso::realtime {

void SocketioSessions::save(SavedSession session, SteadyTime now) {
  const std::lock_guard lock{mutex_};
  drop_old(now);
  if (order_.size() >= sessions_max) {
    sessions_.erase(order_.front().first);
    order_.pop_front();
  }
  const SteadyTime ends_at = now + window_;
  order_.emplace_back(session.private_id, ends_at);
  std::string key = session.private_id;
  sessions_[std::move(key)] = {std::move(session), ends_at};
}

std::optional<SavedSession> SocketioSessions::take(std::string_view private_id, SteadyTime now) {
  const std::lock_guard lock{mutex_};
  const auto found = sessions_.find(std::string{private_id});
  if (found == sessions_.end()) return std::nullopt;
  Entry entry = std::move(found->second);
  sessions_.erase(found);
  if (entry.ends_at <= now) return std::nullopt;
  return std::move(entry.session);
}

void SocketioSessions::drop_old(SteadyTime now) {
  while (!order_.empty() && order_.front().second <= now) {
    // The same secret may have been saved again since, with a later end.
    if (const auto found = sessions_.find(order_.front().first);
        found != sessions_.end() && found->second.ends_at <= now) {
      sessions_.erase(found);
    }
    order_.pop_front();
  }
}

void SocketioLog::append(SocketioPublicationRef publication, SteadyTime now) {
  while (!entries_.empty() && (entries_.front().at + window_ < now || entries_.size() >= messages_max_)) {
    entries_.pop_front();
  }
  entries_.push_back({std::move(publication), now});
}

bool SocketioLog::reaches(LogPosition position) const noexcept {
  if (position.major != 0 || position.minor > last_) return false;
  return position.minor == last_ ||
         (!entries_.empty() && entries_.front().publication->position.minor <= position.minor + 1);
}

std::vector<SocketioPublicationRef> SocketioLog::after(LogPosition position) const {
  std::vector<SocketioPublicationRef> missed;
  if (entries_.empty() || position.minor >= last_) return missed;
  const std::uint64_t first = entries_.front().publication->position.minor;
  for (std::size_t i = position.minor + 1 - first; i < entries_.size(); ++i) missed.push_back(entries_[i].publication);
  return missed;
}

std::string SocketioLog::text_of(LogPosition position) {
  return std::to_string(position.major) + '-' + std::to_string(position.minor);
}

std::optional<LogPosition> SocketioLog::parse(std::string_view text) {
  LogPosition position;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, position.major);
  if (error != std::errc{} || at == end || *at != '-') return std::nullopt;
  const auto minor = std::from_chars(at + 1, end, position.minor);
  if (minor.ec != std::errc{} || minor.ptr != end) return std::nullopt;
  return position;
}

}  // namespace pulso::realtime

#include "realtime/socketio_sessions.h"

#include <algorithm>
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
  session.ends_at = now + window_;
  order_.emplace_back(session.private_id, session.ends_at);
  std::string key = session.private_id;
  sessions_[std::move(key)] = std::move(session);
}

std::optional<SavedSession> SocketioSessions::take(std::string_view private_id, SteadyTime now) {
  const std::lock_guard lock{mutex_};
  const auto found = sessions_.find(std::string{private_id});
  if (found == sessions_.end()) return std::nullopt;
  std::optional session{std::move(found->second)};
  sessions_.erase(found);
  if (session->ends_at <= now) session.reset();
  return session;
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
  while (!entries_.empty() && entries_.front().at + keep_ < now) drop_first();
  bytes_ += publication->bytes();
  while (!entries_.empty() && (entries_.size() >= messages_max_ || bytes_ > bytes_max_)) {
    crowded_out_ = first();
    drop_first();
  }
  entries_.push_back({std::move(publication), now});
}

void SocketioLog::drop_first() {
  bytes_ -= entries_.front().publication->bytes();
  entries_.pop_front();
}

std::uint64_t SocketioLog::first() const noexcept {
  return entries_.empty() ? last_ + 1 : entries_.front().publication->position.minor;
}

bool SocketioLog::reaches(LogPosition position, bool is_settled) const noexcept {
  if (position.major != 0 || position.minor > last_) return false;
  return first() <= position.minor + 1 || (is_settled && position.minor >= crowded_out_);
}

std::vector<SocketioPublicationRef> SocketioLog::after(LogPosition position) const {
  std::vector<SocketioPublicationRef> missed;
  const std::uint64_t begin = std::max(position.minor + 1, first());
  for (std::size_t i = begin - first(); i < entries_.size(); ++i) missed.push_back(entries_[i].publication);
  return missed;
}

std::string SocketioLog::text_of(LogPosition position) {
  return std::to_string(position.major) + '-' + std::to_string(position.minor);
}

std::optional<LogPosition> SocketioLog::parse(std::string_view text) {
  LogPosition position;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), position.major);
  if (error != std::errc{} || at == end || *at != '-') return std::nullopt;
  const auto minor = std::from_chars(at + 1, end, position.minor);
  if (minor.ec != std::errc{} || minor.ptr != end) return std::nullopt;
  return position;
}

}  // namespace pulso::realtime

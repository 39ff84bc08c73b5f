#pragma once
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "realtime/socketio_codec.h"
#include "realtime/socketio_publication.h"

namespace pulso::realtime {

/// A socket whose connection was lost, as it was: a client that shows `private_id` goes on with it.
struct SavedSession {
  std::string id;
  std::string private_id;
  std::string user;                ///< whose it was
  std::vector<std::string> rooms;  ///< beside its own
  LogPosition offset;              ///< of the last event that the client has seen
  /// Whether the client has seen all of its events that were older than a dead connection can go unnoticed. Not so when
  /// the connection was itself a recovered one and ended before a heartbeat had shown that the replay arrived.
  bool is_settled = true;
  SteadyTime ends_at{};            ///< when it is forgotten; set by `SocketioSessions`
  MissedPublications missed = {};  ///< of its rooms, once it has been taken up

  // Where instances share state
  milliseconds age{0};                            ///< since the client came
  std::uint64_t owner = 0;                        ///< how many connections have taken it up before this one has it
  std::vector<SocketioOwnEvent> own_missed = {};  ///< sent to it alone, and not seen
  std::uint64_t own_last = 0;                     ///< the number of the last such event
};

/// Sessions that may come back, each taken up once. Thread-safe.
class SocketioSessions {
 public:
  /// Sessions that are kept in one namespace; the oldest goes for a new one.
  static constexpr std::size_t sessions_max = 100'000;

  explicit SocketioSessions(milliseconds window) : window_(window) {}

  void save(SavedSession session, SteadyTime now);
  /// Nothing when it is unknown, taken already, or over.
  [[nodiscard]] std::optional<SavedSession> take(std::string_view private_id, SteadyTime now);

 private:
  void drop_old(SteadyTime now);

  const milliseconds window_;
  std::mutex mutex_;
  std::unordered_map<std::string, SavedSession> sessions_;
  std::deque<std::pair<std::string, SteadyTime>> order_;  ///< by their ends; may name what is gone
};

/// The last events of a namespace, for those who were away. Its user locks.
class SocketioLog {
 public:
  /// `keep` is how long a session may be away and how long its connection may be dead before that is noticed.
  SocketioLog(milliseconds keep, std::size_t messages_max, std::size_t bytes_max)
      : keep_(keep), messages_max_(messages_max), bytes_max_(bytes_max) {}

  [[nodiscard]] LogPosition next_position() noexcept { return {0, ++last_}; }
  [[nodiscard]] LogPosition last_position() const noexcept { return {0, last_}; }
  void append(SocketioPublicationRef publication, SteadyTime now);
  /// Whether everything behind that position is here that its client may have missed. What has gone because of its age
  /// a settled session has seen.
  [[nodiscard]] bool reaches(LogPosition position, bool is_settled) const noexcept;
  [[nodiscard]] std::vector<SocketioPublicationRef> after(LogPosition position) const;

  /// As the client is told it, and tells it back.
  [[nodiscard]] static std::string text_of(LogPosition position);
  [[nodiscard]] static std::optional<LogPosition> parse(std::string_view text);

 private:
  struct Entry {
    SocketioPublicationRef publication;
    SteadyTime at;
  };
  [[nodiscard]] std::uint64_t first() const noexcept;
  void drop_first();

  const milliseconds keep_;
  const std::size_t messages_max_;
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;  ///< of all entries
  std::uint64_t last_ = 0;
  std::uint64_t crowded_out_ = 0;  ///< the last that went for others, before its time
  std::deque<Entry> entries_;      ///< without gaps between the first and the last
};

}  // namespace pulso::realtime

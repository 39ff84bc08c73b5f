#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/ids.h"
#include "bus/bus.h"
#include "net/shard.h"
#include "realtime/socketio_codec.h"
#include "realtime/socketio_publication.h"
#include "realtime/socketio_shared_state.h"

namespace pulso::realtime {

/// Carries publications to the instances that have members for them, the publishing one included. A room's channel is
/// heard only where it has members; what is meant for one socket goes by the namespace's. Thread-safe.
///
/// Where state is recovered, every instance delivers a namespace's logged publications in the order of their log: what
/// the bus may have lost is read from there before anything newer is delivered.
class SocketioFanOut {
 public:
  using Gathered = SocketioAnswers::Done;
  /// Delivers to this instance's members; one call at a time. `gathered` is set when they are asked.
  using Deliver =
      std::function<void(std::string_view name_space, SocketioDraft draft, LogPosition position, Gathered gathered)>;

  /// `timers` outlives it.
  SocketioFanOut(bus::Bus& bus, SocketioSharedState& state, InstanceId instance, net::Shard& timers, Deliver deliver);
  ~SocketioFanOut();

  /// Once the bus has its listener.
  void start();
  void publish(const std::string& name_space, SocketioDraft draft);
  /// Asks the members on all instances. `done` is called once, on any thread.
  void ask(const std::string& name_space, SocketioDraft draft, Gathered done);
  void open(const std::string& name_space) { subscribe(channel(name_space)); }
  void open(const std::string& name_space, const std::string& room) { subscribe(channel(name_space, room)); }
  void close(const std::string& name_space, const std::string& room);
  /// Whether this instance hears the namespace and these rooms of it, all opened before.
  [[nodiscard]] bool hears(const std::string& name_space, std::span<const std::string> rooms);
  /// Completes once it does, on `shard`, whose thread it is. False when Redis is away or too slow for that.
  [[nodiscard]] boost::asio::awaitable<bool> until_heard(std::string name_space, std::vector<std::string> rooms,
                                                         net::Shard& shard);

  /// On the bus's thread. False when the channel is another's.
  bool on_bus_message(std::string_view channel, std::string_view payload);
  bool on_bus_gap(std::string_view channel);

 private:
  /// Messages of which copies may come by several rooms' channels.
  static constexpr std::size_t remembered_max = 256;
  /// Publications that wait while their namespace's log is read; more of them are read from there too.
  static constexpr std::size_t waiting_max = 4096;
  /// How long after the clients' own time an instance's answers are awaited.
  static constexpr milliseconds reply_margin{2000};

  struct Question;
  struct Waiter {
    std::unordered_set<std::string> channels;
    std::move_only_function<void()> done;
  };
  struct Message {
    SocketioEnvelope envelope;
    LogPosition position;
  };
  /// A namespace's publications on their way to its members; touched by the bus's thread only.
  struct Flow {
    LogPosition last;         ///< delivered, or before this instance began to listen
    bool is_known = false;    ///< whether `last` is
    bool is_reading = false;  ///< the log; what comes meanwhile waits
    bool is_stale = false;    ///< more is missing than what was asked for
    std::vector<Message> waiting;
  };

  [[nodiscard]] static std::string channel(const std::string& name_space);
  [[nodiscard]] static std::string channel(const std::string& name_space, const std::string& room);
  [[nodiscard]] static std::vector<std::string> channels_of(const std::string& name_space,
                                                            const SocketioTarget& target);
  [[nodiscard]] static std::string answers_channel(std::string_view instance);
  void subscribe(std::string channel);
  /// Those that do not stand yet; under `mutex_`.
  [[nodiscard]] std::unordered_set<std::string> unheard_of(const std::string& name_space,
                                                           std::span<const std::string> rooms) const;
  /// Whether it had not been heard before.
  bool heard(const std::string& channel);
  /// Reads what is missing, unless that is being done.
  void catch_up(const std::string& name_space);
  void read_log(const std::string& name_space);
  void take_log(const std::string& name_space, const Result<std::vector<SocketioSharedState::Entry>>& entries);
  void deliver(Message message);
  void reply(const std::string& asker, const SocketioReply& reply);
  void on_reply(std::string_view payload);
  /// Ends the question if everything has come, or with `is_late` in any case.
  void settle(std::uint64_t question_id, bool is_late);
  /// False when it has been heard by another channel already.
  [[nodiscard]] bool is_first(const std::string& id);

  bus::Bus& bus_;
  SocketioSharedState& state_;
  const InstanceId instance_;
  net::Shard& timers_;
  const Deliver deliver_;
  std::atomic<std::uint64_t> sequence_{0};

  // Touched by the bus's thread only.
  std::unordered_map<std::string, Flow> flows_;
  std::array<std::string, remembered_max> remembered_;
  std::size_t remembered_next_ = 0;

  std::mutex mutex_;
  std::unordered_set<std::string> unheard_;  ///< subscribed to, which does not stand yet; as all below under mutex_
  std::vector<Waiter> waiters_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Question>> questions_;
};

}  // namespace pulso::realtime

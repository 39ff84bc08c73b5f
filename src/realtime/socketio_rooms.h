#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/shard.h"
#include "ops/metrics.h"
#include "realtime/socketio_publication.h"

namespace pulso::realtime {

class SocketioRooms;

/// Publications for one member in a row. When all of them are plain events, `frames` are theirs joined, so that they go
/// out by one call.
struct SocketioBatch {
  std::span<const SocketioPublicationRef> publications;
  std::span<const net::FrameRef> frames;
  std::span<const net::FrameRef> deflated;
  LogPosition last;  ///< of the logged ones among them
};

/// A socket as rooms see it. Leaves all of them before it is destroyed.
class SocketioMember {
 public:
  virtual void deliver(const SocketioBatch& batch) = 0;

 protected:
  SocketioMember() = default;
  SocketioMember(const SocketioMember&) = delete;
  SocketioMember& operator=(const SocketioMember&) = delete;
  virtual ~SocketioMember() = default;

 private:
  friend class SocketioRooms;
  struct Room;
  std::vector<Room*> rooms_;    ///< beside its own
  std::string_view own_room_;   ///< empty while it is nowhere
  std::size_t index_ = 0;       ///< in the list of all
  std::uint64_t pass_ = 0;      ///< the last pass that has looked at it
  std::size_t pass_index_ = 0;  ///< its place in that pass
};

/// The members of one namespace on one shard, and what waits to be delivered to them: one queue for all rooms, so that
/// each member gets everything in one order, and what is published to several of its rooms once. A delivery to many is
/// cut into slices over several loop turns; what comes behind waits.
///
/// A socket's own room is not stored: it is found by the socket's id. Used on the shard's thread, but for `post`.
class SocketioRooms {
 public:
  static constexpr std::size_t slice_size = 2000;     ///< deliveries in one loop turn
  static constexpr std::size_t batch_size = 64;       ///< publications of one target that are delivered together
  static constexpr std::size_t waiting_max = 65'536;  ///< publications that wait on the shard; more are dropped

  /// Told when a room gets a member on this shard or loses its last; the own rooms of members are not.
  struct Observer {
    std::function<void(const std::string& room)> opened;
    std::function<void(const std::string& room)> closed;
  };
  struct Counters {
    ops::Histogram* fan_out_seconds = nullptr;
    ops::Counter* delivered = nullptr;
    ops::Counter* dropped = nullptr;  ///< publications past `waiting_max`
  };

  SocketioRooms(net::Shard& shard, Observer observer, Counters counters);
  ~SocketioRooms();

  /// `own_room` lives as long as the member.
  void add(SocketioMember& member, std::string_view own_room);
  /// Leaves all rooms; what is queued for it is forgotten.
  void remove(SocketioMember& member);
  /// False when it was in it already. What is queued goes to those who were there before.
  bool join(SocketioMember& member, std::string_view room);
  bool leave(SocketioMember& member, std::string_view room);
  [[nodiscard]] std::vector<std::string> rooms_of(const SocketioMember& member) const;
  /// Beside its own.
  [[nodiscard]] std::size_t room_count_of(const SocketioMember& member) const noexcept { return member.rooms_.size(); }
  [[nodiscard]] bool is_in(const SocketioMember& member, std::string_view room) const;
  [[nodiscard]] std::size_t member_count(std::string_view room) const;
  /// Whose own room that is, or null.
  [[nodiscard]] SocketioMember* find(std::string_view own_room) const;

  /// Any thread: what is posted by one thread after the other is delivered in that order.
  void post(SocketioPublicationRef publication);
  /// To one member, behind what is queued. Never from within the call.
  void send(SocketioMember& member, SocketioPublicationRef publication);
  /// The same, but at once where nothing is queued.
  void answer(SocketioMember& member, SocketioPublicationRef publication);
  /// Delivers what is queued, unless this is called from within a delivery: for what has to come behind it.
  void deliver_all();

 private:
  using Room = SocketioMember::Room;
  struct Item {
    SocketioPublicationRef publication;
    SocketioMember* only;  ///< when it is for one member, whatever the target says
  };

  void take_posted();
  void schedule();
  /// Delivers to `budget` members at most.
  void run(std::size_t budget);
  void begin_pass();
  void end_pass();
  [[nodiscard]] bool can_join_batch(const Item& item) const;
  void join_frames();
  void choose_members(const Item& item);
  void choose(SocketioMember& member);
  template <class Visit>
  void visit_room(const std::string& room, Visit visit);
  void take_out(SocketioMember& member, Room& room);

  net::Shard& shard_;
  const Observer observer_;
  const Counters counters_;
  std::vector<SocketioMember*> all_;
  std::unordered_map<std::string_view, SocketioMember*> by_own_room_;
  std::unordered_map<std::string, std::unique_ptr<Room>> rooms_;
  std::deque<Item> queue_;
  bool is_scheduled_ = false;
  bool is_running_ = false;

  std::uint64_t pass_ = 0;
  std::vector<SocketioPublicationRef> batch_;  ///< what the running pass delivers
  std::vector<net::FrameRef> frames_;          ///< of the batch, joined
  std::vector<net::FrameRef> deflated_;
  LogPosition last_;
  std::vector<SocketioMember*> active_;  ///< whom the pass is for; null where one has gone
  std::size_t cursor_ = 0;
  std::size_t delivered_ = 0;  ///< members that it has reached
  SteadyTime pass_since_;

  std::mutex mutex_;
  std::atomic<std::size_t> queued_{0};         ///< the length of `queue_`, for those who post
  std::vector<SocketioPublicationRef> inbox_;  // under mutex_
  bool is_woken_ = false;                      // under mutex_
};

}  // namespace pulso::realtime

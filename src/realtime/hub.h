#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/frame.h"
#include "net/shard.h"
#include "ops/metrics.h"

namespace pulso::realtime {

/// One event of one topic, encoded once per wire format before it is published, then shared by all shards. Features
/// derive from it to carry what decides who sees which form.
struct TopicEvent {
  virtual ~TopicEvent() = default;
  std::uint64_t offset = 0;     ///< position in the topic, counted from 1 without gaps
  net::FrameRef text;           ///< WebSocket text frame
  net::FrameRef text_deflated;  ///< the same with RSV1, or empty when it is not worth it
};
using TopicEventRef = std::shared_ptr<const TopicEvent>;

/// A member of topics; lives on one shard and is called on its thread.
class Subscriber {
 public:
  /// In the order of publishing. May subscribe and unsubscribe, itself included.
  virtual void on_event(const TopicEventRef& event) = 0;

 protected:
  ~Subscriber() = default;
};

class ShardTopic;

/// One membership. Leaves when it is destroyed; destroyed on its shard's thread. Neither copied nor moved: the topic
/// points to it.
class Subscription {
 public:
  Subscription() = default;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() { reset(); }
  void reset();
  explicit operator bool() const noexcept { return topic_ != nullptr; }

 private:
  friend class ShardTopic;
  ShardTopic* topic_ = nullptr;
  Subscriber* subscriber_ = nullptr;
  std::array<const void*, 2> written_{};
  std::uint32_t index_ = 0;
};

/// Topics and their members over all shards. What is published to a topic reaches its members on every shard in the
/// order of publishing, as long as one thread publishes at a time to one topic.
class Hub {
 public:
  /// Told when a topic gets its first member in the process or loses its last: the place to subscribe on the bus.
  /// Called under the hub's lock on any shard's thread; must not call back. What it hands to another thread may arrive
  /// there in another order, so that thread asks `member_count`.
  using Observer = std::function<void(std::string_view topic)>;

  /// `fan_out_seconds` gets each fan-out's time from publishing to the last member of a shard; may be null.
  explicit Hub(std::vector<net::Shard*> shards, ops::Histogram* fan_out_seconds = nullptr);
  ~Hub();
  void observe(Observer observer) { observer_ = std::move(observer); }

  /// Any thread. Posts once to each shard that has members; what is published together is written together.
  void publish(std::string_view topic, std::vector<TopicEventRef> events);

  /// On `shard`'s thread. Events published from now on arrive; one published just before may arrive too, so who takes a
  /// snapshot compares offsets. `written` are objects of the member that an event is written to: a fan-out fetches them
  /// ahead.
  void subscribe(net::Shard& shard, std::string_view topic, Subscriber& subscriber, Subscription& subscription,
                 std::array<const void*, 2> written = {});

  /// Members of a topic in this process, and the topics that have any.
  [[nodiscard]] std::size_t member_count(std::string_view topic) const;
  [[nodiscard]] std::vector<std::string> topics() const;

 private:
  friend class ShardTopic;
  struct ShardPart;
  struct Presence;
  void add_member(std::string_view topic, std::size_t shard_index);
  void remove_member(const std::string& topic, std::size_t shard_index);

  std::vector<std::unique_ptr<ShardPart>> parts_;
  ops::Histogram* fan_out_seconds_;
  Observer observer_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Presence>> presence_;
};

}  // namespace pulso::realtime

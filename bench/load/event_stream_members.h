#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "load/audience.h"
#include "load/stream.h"
#include "load/swarm.h"
#include "wire/event_reader.h"

namespace pulso::bench {

/// Many event streams (`text/event-stream`) on one epoll instance and one thread, and one publisher beside them that
/// posts. A refused stream, a lost one or a refused publication is a std::runtime_error: such a run is void.
class EventStreamMembers final : public Audience {
 public:
  /// Keeps references; all must outlive it. `dialect` gives the target of the streams and whole requests to publish.
  EventStreamMembers(const Target& target, const Dialect& dialect, SwarmListener& listener);
  ~EventStreamMembers() override;
  EventStreamMembers(const EventStreamMembers&) = delete;
  EventStreamMembers& operator=(const EventStreamMembers&) = delete;

  /// Adds streams that will be opened; they are numbered from zero.
  void add(std::size_t count);
  /// Runs until the head of every answer has come, and the publisher is connected.
  void run_until_joined(std::chrono::nanoseconds timeout);

  std::size_t size() const override { return members_.size(); }
  std::size_t listeners() const override { return members_.size(); }
  void publish(std::span<const std::string> messages) override;
  void run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout, std::string_view what) override;
  void pause(std::chrono::nanoseconds duration) override;

 private:
  struct Member {
    std::optional<Stream> stream;
    std::string head;  ///< of the answer, while it is incomplete
    EventReader reader;
    std::size_t first_events = 0;  ///< of those that have come
    bool is_connected = false;
    bool has_joined = false;
  };

  void connect_waiting();
  void watch(const Stream& stream, std::size_t number, bool for_write);
  void wait_for_events(Clock::time_point until);
  void on_ready(std::size_t number);
  void on_publisher_ready();
  void read(std::size_t number);
  void flush_publisher();

  const Target& target_;
  const Dialect& dialect_;
  SwarmListener& listener_;
  int epoll_;
  std::vector<Member> members_;
  std::deque<std::size_t> waiting_;
  std::size_t starting_ = 0;
  std::size_t joined_ = 0;
  Stream publisher_;
  bool is_publisher_connected_ = false;
  std::string to_publish_;
  std::string answer_start_;  ///< of the publisher's first answer
  std::vector<char> read_buffer_;
};

}  // namespace pulso::bench

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

#include "bus/bus.h"

namespace pulso::bus {
namespace {

/// Every call becomes a piece of work for the one thread, so that a subscription stands between the messages before
/// and after it as it does in Redis. Past `messages_waiting_max` messages are lost, as they are in Redis for a slow
/// subscriber, and `on_gap` says so.
class MemoryBus final : public Bus {
 public:
  static constexpr std::size_t messages_waiting_max = 65'536;

  MemoryBus() : thread_([this] { run(); }) {}

  ~MemoryBus() override {
    {
      const std::lock_guard lock{mutex_};
      is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void listen(Listener listener) override {
    const std::lock_guard lock{mutex_};
    listener_ = std::move(listener);
  }
  void subscribe(std::string channel) override { enqueue({Kind::subscribe, std::move(channel), {}}); }
  void unsubscribe(std::string channel) override { enqueue({Kind::unsubscribe, std::move(channel), {}}); }
  void publish(std::string channel, std::string payload) override {
    enqueue({Kind::publish, std::move(channel), std::move(payload)});
  }
  [[nodiscard]] bool is_connected() const noexcept override { return true; }

 private:
  enum class Kind : std::uint8_t { subscribe, unsubscribe, publish };
  struct Work {
    Kind kind;
    std::string channel;
    std::string payload;
  };

  void enqueue(Work work) {
    {
      const std::lock_guard lock{mutex_};
      if (work.kind == Kind::publish && queue_.size() >= messages_waiting_max) {
        with_gaps_.insert(std::move(work.channel));
        return;
      }
      queue_.push_back(std::move(work));
    }
    wake_.notify_one();
  }

  void run() {
    std::unique_lock lock{mutex_};
    while (true) {
      wake_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      if (is_stopping_) return;
      const std::deque<Work> batch = std::exchange(queue_, {});
      const std::unordered_set<std::string> with_gaps = std::exchange(with_gaps_, {});
      lock.unlock();
      // Without the lock: the listener may call back.
      for (const Work& work : batch) perform(work);
      for (const std::string& channel : with_gaps) {
        if (subscribed_.contains(channel) && listener_.on_gap) listener_.on_gap(channel);
      }
      lock.lock();
    }
  }

  void perform(const Work& work) {
    switch (work.kind) {
      case Kind::subscribe:
        if (subscribed_.insert(work.channel).second && listener_.on_gap) listener_.on_gap(work.channel);
        break;
      case Kind::unsubscribe:
        subscribed_.erase(work.channel);
        break;
      case Kind::publish:
        if (subscribed_.contains(work.channel) && listener_.on_message) {
          listener_.on_message(work.channel, work.payload);
        }
        break;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;                      // under mutex_
  std::unordered_set<std::string> with_gaps_;   // under mutex_: channels that have lost messages
  bool is_stopping_ = false;                    // under mutex_
  Listener listener_;                           // set before the first subscription, then the thread's
  std::unordered_set<std::string> subscribed_;  // the thread's
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Bus> create_memory_bus() {
  return std::make_unique<MemoryBus>();
}

}  // namespace pulso::bus

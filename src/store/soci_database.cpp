#include "store/soci_database.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "store/postgresql_notifications.h"
#include "store/soci_connection.h"

namespace pulso::store {
namespace {

class SociDatabase final : public Database {
 public:
  SociDatabase(DatabaseUrl url, const DatabaseOptions& options) : url_(std::move(url)), options_(options) {}

  ~SociDatabase() override { SociDatabase::close(); }

  void close() override {
    {
      const std::lock_guard lock{mutex_};
      is_stopping_ = true;
      while (!idle_.empty()) wake_one();
    }
    for (std::thread& thread : std::exchange(threads_, {})) thread.join();
  }

  Result<void> start() {
    auto first = std::make_unique<SociConnection>(url_, options_.timeout);
    if (auto connected = first->connect(); !connected) return connected;
    for (std::size_t i = 0; i < options_.connections; ++i) {
      auto connection = i == 0 ? std::move(first) : std::make_unique<SociConnection>(url_, options_.timeout);
      threads_.emplace_back([this, connection = std::move(connection)] { serve(*connection); });
    }
    return {};
  }

  [[nodiscard]] Engine engine() const noexcept override { return url_.engine; }
  [[nodiscard]] bool is_healthy() const noexcept override { return is_healthy_; }
  [[nodiscard]] DatabaseStats stats() const noexcept override {
    const std::lock_guard lock{mutex_};
    return {jobs_.size(), refused_count_};
  }

  void post(Work work, std::move_only_function<void(Result<void>)> done, Durability durability) override {
    {
      const std::lock_guard lock{mutex_};
      if (!is_stopping_ && jobs_.size() < options_.queue_length_max) {
        const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
        jobs_.push_back({std::move(work), std::move(done), durability, deadline});
        done = nullptr;
        if (!idle_.empty()) wake_one();
      } else {
        ++refused_count_;
      }
    }
    if (done) done(fail(Errc::unavailable, "too much work waits for the database"));
  }

  [[nodiscard]] std::unique_ptr<Notifications> listen(std::string channel, NotificationListener listener) override {
    if (url_.engine != Engine::postgresql) return nullptr;
    return create_postgresql_notifications(url_.postgresql_target(options_.timeout), std::move(channel),
                                           std::move(listener));
  }

 private:
  struct Job {
    Work work;
    std::move_only_function<void(Result<void>)> done;
    Durability durability;
    SteadyTime deadline;
  };

  /// A thread that waits for work; under the lock.
  struct Idle {
    std::condition_variable wake;
    bool is_woken = false;
  };

  /// The thread that went to sleep last: what the engine keeps for its connection is still warm, and SQLite's other
  /// connections would first have to read again what that one has written.
  void wake_one() {
    idle_.back()->is_woken = true;
    idle_.back()->wake.notify_one();
    idle_.pop_back();
  }

  /// Queued work is still done when the database is closed: it was promised.
  void serve(SociConnection& connection) {
    while (true) {
      Job job;
      {
        std::unique_lock lock{mutex_};
        while (jobs_.empty()) {
          if (is_stopping_) return;
          Idle self;
          idle_.push_back(&self);
          self.wake.wait(lock, [&self] { return self.is_woken; });
        }
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      auto result = connection.transact(job.work, job.durability, job.deadline);
      is_healthy_ = result || result.error().code != make_error_code(Errc::unavailable);
      job.done(std::move(result));
    }
  }

  const DatabaseUrl url_;
  const DatabaseOptions options_;
  mutable std::mutex mutex_;
  std::vector<Idle*> idle_;  ///< the one that waits longest first
  std::deque<Job> jobs_;
  std::uint64_t refused_count_ = 0;
  bool is_stopping_ = false;
  std::atomic<bool> is_healthy_{true};
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<Database>> create_soci_database(DatabaseUrl url, const DatabaseOptions& options) {
  auto database = std::make_unique<SociDatabase>(std::move(url), options);
  if (auto started = database->start(); !started) return fail(started);
  return database;
}

}  // namespace pulso::store

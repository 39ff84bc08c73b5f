#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "store/notifications.h"
#include "store/session.h"

namespace pulso::store {

struct DatabaseOptions {
  /// `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://user:secret@host:port/name`.
  std::string url = "sqlite:///pulso.db";
  /// Connections and threads that serve them. More than 4 make SQLite slower.
  std::size_t connections = 3;
  /// Work that waits for a thread; one more is refused with `Errc::unavailable` and counted.
  std::size_t queue_length_max = 4096;
  /// Longest wait for a turn, a lock or a lost server before work fails with `Errc::unavailable`.
  milliseconds timeout{5000};
};

/// For metrics.
struct DatabaseStats {
  std::size_t queue_length = 0;
  std::uint64_t refused_count = 0;  ///< work that met a full queue
};

/// What a committed transaction survives.
enum class Durability : std::uint8_t {
  power_loss,     ///< the engine has synced it to disk
  process_death,  ///< the engine has it; the operating system may still have to write it. Several times cheaper
  reads_only,     ///< there is nothing to survive: it waits for no writer, and none waits for it
};

/// What must last: SQLite or PostgreSQL behind one code path. Thread-safe. Work runs on the database's own threads, in
/// one transaction each, and its coroutine goes on where it was. A work that returns an error, or throws, is rolled
/// back. Work may run again from its start when the engine asks for it (serialization failure, busy), so it has no
/// other effects. Closed before the loops of its coroutines are destroyed: its threads post to them.
class Database {
 public:
  using Work = std::move_only_function<Result<void>(Session&)>;

  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);
  virtual ~Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] virtual Engine engine() const noexcept = 0;
  /// Whether the engine answered lately; for /ready and /health.
  [[nodiscard]] virtual bool is_healthy() const noexcept = 0;
  [[nodiscard]] virtual DatabaseStats stats() const noexcept = 0;
  /// Does what is queued and joins the threads; later work fails with `Errc::unavailable`. Called by one thread, before
  /// the loops go that callers wait on.
  virtual void close() = 0;

  /// Queues a transaction; `done` is called exactly once, on a database thread, or on the caller's when the
  /// queue is full.
  virtual void post(Work work, std::move_only_function<void(Result<void>)> done,
                    Durability durability = Durability::power_loss) = 0;
  /// The same, waiting for its end: for the command line, migrations and tests. Not on a shard's or a database's
  /// thread.
  [[nodiscard]] Result<void> run(Work work);

  /// Hears what other programs tell by PostgreSQL's `NOTIFY`, until the answer is destroyed. Null where the engine has
  /// nothing of the kind.
  [[nodiscard]] virtual std::unique_ptr<Notifications> listen(std::string channel, NotificationListener listener) = 0;

  /// `auto row = co_await database.transact<Row>([id](Session& session) -> Result<Row> {…});`
  template <class T, class F>
  [[nodiscard]] boost::asio::awaitable<Result<T>> transact(F work, Durability durability = Durability::power_loss) {
    auto answer =
        std::make_shared<std::conditional_t<std::is_void_v<T>, Result<void>, Result<T>>>(fail(Errc::internal));
    auto status = co_await submit(
        [answer, work = std::move(work)](Session& session) mutable -> Result<void> {
          *answer = work(session);
          if (!*answer) return std::unexpected<Error>{answer->error()};
          return {};
        },
        durability);
    if (!status) co_return fail(status);
    co_return std::move(*answer);
  }
  /// The same for work that only reads, from one state of the database.
  template <class T, class F>
  [[nodiscard]] boost::asio::awaitable<Result<T>> read(F work) {
    return transact<T>(std::move(work), Durability::reads_only);
  }

 protected:
  Database() = default;

 private:
  [[nodiscard]] boost::asio::awaitable<Result<void>> submit(Work work, Durability durability);
};

}  // namespace pulso::store

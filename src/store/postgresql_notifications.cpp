#include "store/postgresql_notifications.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <libpq-fe.h>

#include "base/clock.h"
#include "ops/log.h"

namespace pulso::store {
namespace {

constexpr milliseconds pause_min{100};  ///< before it is connected again, doubled with each failure
constexpr milliseconds pause_max{5'000};

struct ConnectionDeleter {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, ConnectionDeleter>;

struct WordDeleter {
  void operator()(PGnotify* word) const noexcept { PQfreemem(word); }
};

class PostgresqlNotifications final : public Notifications {
 public:
  PostgresqlNotifications(std::string target, std::string channel, NotificationListener listener)
      : target_(std::move(target)),
        channel_(std::move(channel)),
        listener_(std::move(listener)),
        stop_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (stop_event_ < 0) throw std::runtime_error{"eventfd failed"};
    thread_ = std::thread{[this] { serve(); }};
  }
  ~PostgresqlNotifications() override {
    is_stopping_ = true;
    const std::uint64_t one = 1;
    (void)!::write(stop_event_, &one, sizeof one);
    thread_.join();
    ::close(stop_event_);
  }

 private:
  void serve() {
    milliseconds pause = pause_min;
    while (!is_stopping_) {
      if (const Connection connection = connect()) {
        pause = pause_min;
        listener_.on_gap();
        hear(*connection);
      }
      if (is_stopping_) return;
      wait(-1, pause);
      pause = std::min(pause * 2, pause_max);
    }
  }

  /// Null, and a line in the log, when there is no server to listen to.
  [[nodiscard]] Connection connect() const {
    Connection connection{PQconnectdb(target_.c_str())};
    if (PQstatus(connection.get()) == CONNECTION_OK) {
      PGresult* const answer = PQexec(connection.get(), ("LISTEN " + channel_).c_str());
      const bool is_heard = PQresultStatus(answer) == PGRES_COMMAND_OK;
      PQclear(answer);
      if (is_heard) return connection;
    }
    // libpq's texts name host and user, never the password.
    ops::log_warning("store", "notifications are not heard", {{"error", PQerrorMessage(connection.get())}});
    return nullptr;
  }

  /// Until the connection is lost or everything ends.
  void hear(PGconn& connection) {
    while (!is_stopping_) {
      wait(PQsocket(&connection), milliseconds{-1});
      if (PQconsumeInput(&connection) == 0) return;
      while (const std::unique_ptr<PGnotify, WordDeleter> word{PQnotifies(&connection)}) {
        if (is_stopping_) return;
        listener_.on_word(word->extra);
      }
    }
  }

  /// Until the socket can be read, so long has passed, or everything ends.
  void wait(int socket, milliseconds timeout) const {
    std::array<pollfd, 2> waited{{{stop_event_, POLLIN, 0}, {socket, POLLIN, 0}}};
    ::poll(waited.data(), socket < 0 ? 1 : 2, static_cast<int>(timeout.count()));
  }

  const std::string target_;
  const std::string channel_;
  const NotificationListener listener_;
  const int stop_event_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Notifications> create_postgresql_notifications(std::string target, std::string channel,
                                                               NotificationListener listener) {
  return std::make_unique<PostgresqlNotifications>(std::move(target), std::move(channel), std::move(listener));
}

}  // namespace pulso::store

#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pulso::ops {

/// Tells the service manager how the process is doing: the sd_notify(3) protocol, datagrams of `NAME=value` lines to
/// the socket named by `NOTIFY_SOCKET`. Without such a socket every call does nothing, so callers need not ask.
/// Messages that the manager does not take at once are dropped: it must never hold the server up. Thread-safe.
class SystemdNotifier {
 public:
  /// `socket_path`: absolute, or `@name` for Linux's abstract namespace; anything else, the empty path included, mutes.
  explicit SystemdNotifier(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// All listeners stand.
  void ready() const { send("READY=1\n"); }
  /// Begin to re-read the configuration; `ready()` ends it. Carries the monotonic time that `Type=notify-reload` wants.
  void reloading(SteadyTime now) const;
  /// Begin to drain.
  void stopping() const { send("STOPPING=1\n"); }
  /// Alive; due at least every `WatchdogSec`.
  void watchdog() const { send("WATCHDOG=1\n"); }
  /// One line for `systemctl status`; an end of line in it is cut off with what follows.
  void status(std::string_view text) const;

 private:
  void send(std::string_view message) const;

  std::string socket_path_;
};

/// How often to call `watchdog()`: half of the time in `WATCHDOG_USEC` (microseconds), as the manager's manual advises.
/// Nothing when it is missing, malformed or zero, or when `WATCHDOG_PID` names another process.
[[nodiscard]] std::optional<milliseconds> watchdog_interval(std::string_view watchdog_usec,
                                                            std::string_view watchdog_pid, int own_pid) noexcept;

}  // namespace pulso::ops

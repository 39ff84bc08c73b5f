#include "ops/systemd_notify.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>

namespace pulso::ops {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void SystemdNotifier::reloading(SteadyTime now) const {
  const auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", since_boot.count()));
}

void SystemdNotifier::status(std::string_view text) const {
  send(fmt::format("STATUS={}\n", text.substr(0, text.find('\n'))));
}

void SystemdNotifier::send(std::string_view message) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() < 2 || socket_path_.size() >= sizeof(address.sun_path)) return;
  if (socket_path_[0] != '/' && socket_path_[0] != '@') return;
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  if (socket_path_[0] == '@') address.sun_path[0] = '\0';
  const int handle = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path_.size());
  ::sendto(handle, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), length);
  ::close(handle);
}

std::optional<milliseconds> watchdog_interval(std::string_view watchdog_usec, std::string_view watchdog_pid,
                                              int own_pid) noexcept {
  const auto microseconds = parse_number<std::uint64_t>(watchdog_usec);
  if (!microseconds || *microseconds < 2000) return std::nullopt;
  if (*microseconds > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  if (!watchdog_pid.empty() && parse_number<int>(watchdog_pid) != own_pid) return std::nullopt;
  return milliseconds{static_cast<std::int64_t>(*microseconds / 2000)};
}

}  // namespace pulso::ops

// pulso_floor PORT PAYLOAD_BYTES: the least that any fan-out server on epoll can do, to measure the others against.
//
// Each message from a client makes it send one prebuilt frame to every client. The messages that one epoll turn brings
// leave together, as one send() per member from a buffer that already holds the frames side by side. There is no room,
// no parsing beyond the frame's edges, no queue: a member whose socket is full ends the program, since a floor that
// skipped members would be no floor.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "wire/message_reader.h"
#include "wire/upgrade.h"

namespace pulso::bench {
namespace {

constexpr int listen_backlog = 4096;
constexpr int events_per_wait = 1024;
constexpr std::size_t read_bytes_max = 64 * 1024;
/// A longer burst is sent in several steps.
constexpr std::size_t frames_per_send = 64;

void require(bool success, const char* what) {
  if (!success) throw std::system_error(errno, std::system_category(), what);
}

int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  require(listener >= 0, "socket");
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  require(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  require(listen(listener, listen_backlog) == 0, "listen");
  return listener;
}

class Floor {
 public:
  Floor(std::uint16_t port, std::size_t payload_bytes)
      : listener_(listen_on(port)), epoll_(epoll_create1(EPOLL_CLOEXEC)), read_buffer_(read_bytes_max) {
    append_frame(frames_, Opcode::text, std::string(payload_bytes, 'x'));
    frame_bytes_ = frames_.size();
    const std::string frame = frames_;
    for (std::size_t i = 1; i < frames_per_send; ++i) frames_ += frame;
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, events_per_wait> events;
    while (true) {
      const int count = epoll_wait(epoll_, events.data(), events_per_wait, -1);
      std::size_t messages = 0;
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == listener_) {
          accept_all();
        } else {
          messages += read_from(descriptor);
        }
      }
      for (; messages > 0; messages -= std::min(messages, frames_per_send))
        send_to_all(std::min(messages, frames_per_send));
    }
  }

 private:
  void watch(int descriptor) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    require(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
  }

  void accept_all() {
    while (true) {
      const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (descriptor < 0) return;
      const int on = 1;
      setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(descriptor);
    }
  }

  /// Returns the number of complete messages.
  std::size_t read_from(int descriptor) {
    const ssize_t count = recv(descriptor, read_buffer_.data(), read_buffer_.size(), 0);
    if (count <= 0) {
      drop(descriptor);
      return 0;
    }
    const std::string_view bytes(read_buffer_.data(), static_cast<std::size_t>(count));
    const auto member = readers_.find(descriptor);
    if (member == readers_.end()) {
      upgrade(descriptor, bytes);
      return 0;
    }
    std::size_t messages = 0;
    member->second.feed(bytes);
    while (const auto message = member->second.next())
      if (message->opcode == Opcode::text) ++messages;
    return messages;
  }

  /// The generator's request always arrives in one piece.
  void upgrade(int descriptor, std::string_view request) {
    const auto response = upgrade_response(request);
    if (!response) {
      drop(descriptor);
      return;
    }
    send_whole(descriptor, *response);
    members_.push_back(descriptor);
    readers_.emplace(descriptor, MessageReader{});
  }

  void drop(int descriptor) {
    std::erase(members_, descriptor);
    readers_.erase(descriptor);
    close(descriptor);
  }

  void send_to_all(std::size_t frames) {
    const std::string_view bytes = std::string_view(frames_).substr(0, frames * frame_bytes_);
    for (const int descriptor : members_) send_whole(descriptor, bytes);
  }

  static void send_whole(int descriptor, std::string_view bytes) {
    const ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // A peer that has gone is noticed by the next read.
    require(sent == static_cast<ssize_t>(bytes.size()) || errno == EPIPE || errno == ECONNRESET, "send");
  }

  int listener_;
  int epoll_;
  std::vector<char> read_buffer_;
  std::string frames_;
  std::size_t frame_bytes_ = 0;
  std::vector<int> members_;
  std::map<int, MessageReader> readers_;
};

}  // namespace
}  // namespace pulso::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: pulso_floor PORT PAYLOAD_BYTES\n");
    return EXIT_FAILURE;
  }
  try {
    const auto port = static_cast<std::uint16_t>(std::stoul(argv[1]));
    pulso::bench::Floor(port, std::stoul(argv[2])).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "pulso_floor: {}\n", error.what());
    return EXIT_FAILURE;
  }
}

#pragma once
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <netinet/in.h>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace pulso::support {

/// Polls until `condition` holds; false when it does not within `limit`. For what other processes do: they tell nobody.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds limit = std::chrono::seconds{10}) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

/// A port of 127.0.0.1 that is free now, and, for cluster nodes, whose bus port (+10000) is free too.
inline std::uint16_t free_port() {
  const auto bind_to = [](std::uint16_t port) -> std::uint16_t {
    const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t length = sizeof address;
    const bool is_free = ::bind(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                         ::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    ::close(handle);
    return is_free ? ntohs(address.sin_port) : 0;
  };
  while (true) {
    const std::uint16_t port = bind_to(0);
    if (port > 1024 && port < 55'000 && bind_to(static_cast<std::uint16_t>(port + 10'000)) != 0) return port;
  }
}

/// A real Redis process (`redis-server`, or a sentinel) on a free port of 127.0.0.1, in a directory of its own, with an
/// append-only file that is synced at every write. Ended with SIGKILL by its pid, and its directory removed, at the
/// end of its scope.
class RedisServer {
 public:
  /// More lines of its configuration, `replicaof 127.0.0.1 7000` say.
  explicit RedisServer(std::vector<std::string> settings = {}, bool is_sentinel = false)
      : port_(free_port()), is_sentinel_(is_sentinel) {
    std::string pattern = std::filesystem::temp_directory_path() / "pulso-redis-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    std::ofstream file{directory_ / "redis.conf"};
    file << fmt::format("bind 127.0.0.1\nport {}\ndir {}\nlogfile redis.log\n", port_, directory_.string());
    if (!is_sentinel) file << "save \"\"\nappendonly yes\nappendfsync always\nrepl-diskless-sync-delay 0\n";
    for (const std::string& setting : settings) file << setting << '\n';
    file.close();
    start();
  }
  ~RedisServer() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string address() const { return fmt::format("127.0.0.1:{}", port_); }
  [[nodiscard]] std::string url() const { return "redis://" + address(); }

  /// Starts it (again, on what it has on disk) and waits until it answers.
  void start() {
    if (pid_ > 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      const int null = ::open("/dev/null", O_RDWR);
      ::dup2(null, STDOUT_FILENO);
      ::dup2(null, STDERR_FILENO);
      const std::string configuration = directory_ / "redis.conf";
      ::execlp("redis-server", "redis-server", configuration.c_str(), is_sentinel_ ? "--sentinel" : nullptr,
               static_cast<char*>(nullptr));
      ::_exit(127);
    }
    eventually([this] {
      const std::string answer = run({"PING"});
      return answer == "PONG" || answer.starts_with("-NOAUTH");
    });
  }
  /// SIGKILL, as a crash.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  /// SIGSTOP: connections stay, nobody answers.
  void freeze() {
    ::kill(pid_, SIGSTOP);
    // Until the kernel has done it.
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  void thaw() { ::kill(pid_, SIGCONT); }

  /// One command over a connection of its own; arrays come joined by spaces, errors with `-` before them, `-` alone
  /// when there is no server.
  [[nodiscard]] std::string run(const std::vector<std::string>& arguments) const {
    const timeval limit{.tv_sec = 2, .tv_usec = 0};
    redisContext* context = redisConnectWithTimeout("127.0.0.1", port_, limit);
    std::string text = "-";
    if (context && !context->err) {
      redisSetTimeout(context, limit);
      std::vector<const char*> data;
      std::vector<std::size_t> lengths;
      for (const std::string& argument : arguments) {
        data.push_back(argument.data());
        lengths.push_back(argument.size());
      }
      auto* reply = static_cast<redisReply*>(
          redisCommandArgv(context, static_cast<int>(data.size()), data.data(), lengths.data()));
      if (reply) {
        text = to_text(*reply);
        freeReplyObject(reply);
      }
    }
    if (context) redisFree(context);
    return text;
  }

 private:
  static std::string to_text(const redisReply& reply) {
    switch (reply.type) {
      case REDIS_REPLY_INTEGER:
        return std::to_string(reply.integer);
      case REDIS_REPLY_ERROR:
        return "-" + std::string{reply.str, static_cast<std::size_t>(reply.len)};
      case REDIS_REPLY_ARRAY: {
        std::string text;
        for (std::size_t index = 0; index < reply.elements; ++index) {
          if (index > 0) text += ' ';
          text += to_text(*reply.element[index]);
        }
        return text;
      }
      case REDIS_REPLY_NIL:
        return "(nil)";
      default:
        return {reply.str, static_cast<std::size_t>(reply.len)};
    }
  }

  std::uint16_t port_;
  bool is_sentinel_;
  std::filesystem::path directory_;
  pid_t pid_ = -1;
};

}  // namespace pulso::support

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "load/http_clients.h"
#include "load/scenarios.h"
#include "wire/http_head.h"

namespace pulso::bench {
namespace {

/// Before reading a server's CPU time: it finishes what follows the last byte, then sleeps.
constexpr std::chrono::milliseconds settle{20};

std::string read_file(const std::string& path) {
  std::string bytes(std::filesystem::file_size(path), '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw std::runtime_error(fmt::format("cannot read {}", path));
  return bytes;
}

/// Listeners who walk through one file, range after range, each from a place of its own and around the end.
class Downloads final : public HttpClientsListener {
 public:
  Downloads(const Reference& source, const DownloadOptions& options, std::chrono::seconds timeout,
            std::size_t listeners)
      : source_(source),
        options_(options),
        timeout_(timeout),
        file_(read_file(options.file)),
        ranges_(file_.size() / options.range_bytes),
        http_(source.target, *this) {
    if (ranges_ == 0) throw std::runtime_error("the file is shorter than one range");
    constexpr std::size_t stride = 7;
    for (std::size_t client = 0; client < listeners; ++client) next_range_.push_back(client * stride % ranges_);
    http_.add(listeners);
  }

  /// Every listener gets one range and compares it with the file.
  void verify() { run(next_range_.size() * options_.range_bytes); }

  /// All listeners together get at least `bytes`, unseen. Returns how much it was.
  std::uint64_t take(std::uint64_t bytes) {
    http_.drop_bodies();
    is_dropping_ = true;
    return run(bytes);
  }

  void pause(std::chrono::nanoseconds duration) { http_.pause(duration); }

  void on_connected(std::size_t client) override { ask(client); }

  void on_body(std::size_t client, const ResponseReader& answer, std::string_view piece) override {
    check_head(client, answer);
    if (is_dropping_) return;
    const std::uint64_t taken = options_.range_bytes - answer.body_left() - piece.size();
    if (std::string_view(file_).substr(offset_of(client) + taken, piece.size()) != piece)
      throw std::runtime_error(fmt::format("listener {} got other bytes than the file has", client));
  }

  void on_answer(std::size_t client, const ResponseReader& answer, Clock::time_point) override {
    check_head(client, answer);
    next_range_[client] = (next_range_[client] + 1) % ranges_;
    --open_;
    arrived_ += options_.range_bytes;
    if (!is_dropping_ || arrived_ + open_ * options_.range_bytes >= wanted_) {
      idle_.push_back(client);
    } else {
      ask(client);
    }
  }

 private:
  std::uint64_t offset_of(std::size_t client) const { return next_range_[client] * options_.range_bytes; }

  /// Ends when nothing is open.
  std::uint64_t run(std::uint64_t bytes) {
    arrived_ = 0;
    wanted_ = bytes;
    for (const std::size_t client : std::exchange(idle_, {})) ask(client);
    http_.run_until([this] { return arrived_ >= wanted_ && open_ == 0; }, timeout_, "the ranges did not arrive");
    return arrived_;
  }

  void ask(std::size_t client) {
    ++open_;
    const std::uint64_t offset = offset_of(client);
    http_.request(client,
                  fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nRange: bytes={}-{}\r\n\r\n", source_.request_target,
                              source_.target.host(), offset, offset + options_.range_bytes - 1));
  }

  void check_head(std::size_t client, const ResponseReader& answer) const {
    const std::uint64_t offset = offset_of(client);
    constexpr int partial_content = 206;
    if (answer.status() == partial_content &&
        header_value(answer.head(), "Content-Range") ==
            fmt::format("bytes {}-{}/{}", offset, offset + options_.range_bytes - 1, file_.size()))
      return;
    throw std::runtime_error(fmt::format("listener {} got another answer:\n{}", client, answer.head()));
  }

  const Reference& source_;
  const DownloadOptions& options_;
  const std::chrono::seconds timeout_;
  std::string file_;
  std::size_t ranges_;  ///< whole ones in the file
  HttpClients http_;
  std::vector<std::size_t> next_range_;  ///< by client, the open one included
  std::vector<std::size_t> idle_;
  std::size_t open_ = 0;
  std::uint64_t arrived_ = 0;
  std::uint64_t wanted_ = 0;
  bool is_dropping_ = false;
};

/// What the turns of a server have come to.
struct Total {
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds wall{0};
  std::chrono::nanoseconds cpu{0};

  double gigabytes() const { return static_cast<double>(bytes) / 1e9; }
  double cpu_s_per_gb() const { return seconds(cpu) / gigabytes(); }
  double gb_per_s() const { return gigabytes() / seconds(wall); }
};

/// A server and its listeners, from their connections to their last turn.
class Measured {
 public:
  Measured(const Reference& source, const DownloadOptions& options, std::chrono::seconds timeout, std::size_t listeners,
           Total& total)
      : server_(source.server), downloads_(source, options, timeout, listeners), total_(total) {
    downloads_.verify();
    downloads_.take(options.turn_bytes / 10);
  }

  void take_turn(std::uint64_t bytes) {
    downloads_.pause(settle);
    const auto cpu_before = server_.cpu_time();
    const Clock::time_point start = Clock::now();
    total_.bytes += downloads_.take(bytes);
    total_.wall += Clock::now() - start;
    downloads_.pause(settle);
    total_.cpu += server_.cpu_time() - cpu_before;
  }

 private:
  const ServerProcess& server_;
  Downloads downloads_;
  Total& total_;
};

}  // namespace

JsonObject run_download(const Context& context, const DownloadOptions& options) {
  // A connection has a pace of its own from beginning to end, up to twice another's.
  constexpr std::size_t connections_min = 32;
  const Reference source{.target = context.target, .server = context.server, .request_target = options.target};
  std::vector<JsonObject> runs;
  for (const std::size_t listeners : options.listeners) {
    const std::size_t sets = std::max<std::size_t>(1, connections_min / listeners);
    const std::uint64_t turn_bytes = std::min(options.turn_bytes, options.bytes / sets);
    Total total, reference_total;
    const std::clock_t own_cpu_before = std::clock();
    for (std::size_t set = 1; set <= sets; ++set) {
      Measured server(source, options, context.timeout, listeners, total);
      std::optional<Measured> reference;
      if (options.reference) {
        reference.emplace(*options.reference, options, context.timeout, listeners, reference_total);
      }
      while (total.bytes < options.bytes * set / sets) {
        server.take_turn(turn_bytes);
        if (reference) reference->take_turn(turn_bytes);
      }
    }
    JsonObject run;
    run.add("listeners", listeners)
        .add("bytes", total.bytes)
        .add("gb_per_s", total.gb_per_s())
        .add("load_cpu_s", static_cast<double>(std::clock() - own_cpu_before) / CLOCKS_PER_SEC)
        .add("server_cpu_s_per_gb", total.cpu_s_per_gb());
    if (options.reference) {
      run.add("reference_gb_per_s", reference_total.gb_per_s())
          .add("reference_cpu_s_per_gb", reference_total.cpu_s_per_gb());
    }
    runs.push_back(run);
  }
  return JsonObject{}.add("scenario", "files").add("range_bytes", options.range_bytes).add("runs", runs);
}

}  // namespace pulso::bench

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "load/audience.h"
#include "load/http_clients.h"
#include "load/swarm.h"

namespace pulso::bench {

/// Socket.IO members over Engine.IO's HTTP long-polling (protocol revision 4), and one publisher beside them with a
/// WebSocket of its own. Each member has one connection, on which a poll is open whenever it has nothing to say.
class PollMembers final : public Audience, private HttpClientsListener, private SwarmListener {
 public:
  /// Keeps references; all must outlive it. The listener hears what the members get, not what the publisher gets.
  PollMembers(const Target& target, const Dialect& dialect, SwarmListener& listener);

  void add(std::size_t count);
  /// Runs until all members and the publisher have joined.
  void run_until_joined(std::chrono::nanoseconds timeout);

  std::size_t size() const override { return members_.size(); }
  std::size_t listeners() const override { return members_.size(); }
  void publish(std::span<const std::string> messages) override { publisher_.publish(messages); }
  void run_until(const std::function<bool()>& done, std::chrono::nanoseconds timeout, std::string_view what) override;
  void pause(std::chrono::nanoseconds duration) override;

 private:
  enum class Asked { handshake, poll, post };
  struct Member {
    Asked asked = Asked::handshake;
    bool joined = false;
    std::string session;  ///< `sid` of the handshake
    std::string to_post;  ///< packets, separated
    std::string body;     ///< of the answer, while it is incomplete
  };

  void on_connected(std::size_t client) override;
  void on_body(std::size_t client, const ResponseReader& answer, std::string_view piece) override;
  void on_answer(std::size_t client, const ResponseReader& answer, Clock::time_point now) override;
  void on_message(std::size_t publisher, Heard heard, std::string_view text, Clock::time_point now) override;

  void open_session(std::size_t client, std::string_view handshake);
  void hear_packets(std::size_t client, std::string_view payload, Clock::time_point now);
  void queue_packet(Member& member, std::string_view packet);
  void ask(std::size_t client);
  std::string head(std::string_view method, const Member& member) const;

  const Target& target_;
  const Dialect& dialect_;
  SwarmListener& listener_;
  HttpClients http_;
  Swarm publisher_;
  std::vector<Member> members_;
  std::size_t joined_ = 0;
};

}  // namespace pulso::bench

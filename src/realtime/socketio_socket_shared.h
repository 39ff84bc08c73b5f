#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "net/timing_wheel.h"
#include "realtime/socketio_socket.h"

namespace pulso::realtime {

/// What a socket has where instances share state.
struct ClientSocket::SharedPart final : net::TimerNode {
  explicit SharedPart(ClientSocket& whose) : socket(whose) {}
  /// Its state is written anew while it is connected, so that it is there when this instance dies.
  void on_timer() override;

  ClientSocket& socket;
  std::uint64_t owner = 0;       ///< of the state: how many connections have taken it up before this one had it
  std::uint64_t own_number = 0;  ///< of the last event for this client alone
  bool is_saving = false;
  bool is_catching_up = false;                  ///< in its rooms already, not connected yet
  std::vector<SocketioPublicationRef> held;     ///< what comes meanwhile
  std::vector<std::string> joining;             ///< rooms that this instance may not hear yet
  std::vector<SocketioPublicationRef> answers;  ///< which wait for that
};

}  // namespace pulso::realtime

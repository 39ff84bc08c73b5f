#include "features/seats/socket_context.h"

#include <vector>

#include "features/seats/seats_socket.h"

namespace pulso::seats {

void SocketList::add(SeatsSocket& socket) noexcept {
  socket.next_ = first_;
  if (first_) first_->previous_ = &socket;
  first_ = &socket;
}

void SocketList::remove(SeatsSocket& socket) noexcept {
  if (socket.previous_) socket.previous_->next_ = socket.next_;
  if (socket.next_) socket.next_->previous_ = socket.previous_;
  if (first_ == &socket) first_ = socket.next_;
  socket.previous_ = socket.next_ = nullptr;
}

void SocketList::tick() {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (SeatsSocket* socket = first_; socket;) {
    // A close takes effect later in the loop, but aborts may not: step on first.
    SeatsSocket* next = socket->next_;
    socket->on_tick(now);
    socket = next;
  }
}

}  // namespace pulso::seats

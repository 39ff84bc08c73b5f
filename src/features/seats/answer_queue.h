#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "features/seats/seat.h"
#include "features/seats/seats_messages.h"
#include "net/frame.h"

namespace pulso::seats {

class JoinedRoom;

/// The answers that one connection still owes, in the order of its messages. Commands are decided without waiting for
/// each other; an answer leaves when every one before it has left. A command that changed a room is answered by the
/// room's own event, so that the stream of a room has one order for everybody.
class AnswerQueue {
 public:
  enum class State : std::uint8_t {
    undecided,
    answered,        ///< `frames` can leave when it is first
    awaiting_event,  ///< decided; the event is the answer
  };

  struct Slot {
    std::uint32_t command = 0;
    State state = State::undecided;
    std::vector<net::FrameRef> frames;
    JoinedRoom* room = nullptr;      ///< awaiting: whose event; answered: what `frames` make live (a join)
    std::uint64_t offset = 0;        ///< of the event, or of the state that `frames` hold
    std::optional<SeatChange> late;  ///< what to say should the event not come
    SteadyTime deadline{};
  };

  Slot& add(std::uint32_t command) {
    Slot& slot = slots_.emplace_back();
    slot.command = command;
    return slot;
  }
  /// Null when it has been answered already, by its event.
  [[nodiscard]] Slot* find(std::uint32_t command) noexcept;
  [[nodiscard]] Slot& front() noexcept { return slots_.front(); }
  void pop_front() { slots_.pop_front(); }
  [[nodiscard]] bool empty() const noexcept { return slots_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] auto begin() noexcept { return slots_.begin(); }
  [[nodiscard]] auto end() noexcept { return slots_.end(); }

 private:
  std::deque<Slot> slots_;
};

/// What a connection needs only while it has commands under way.
struct CommandsInFlight {
  AnswerQueue answers;
  std::deque<IncomingMessage>
      backlog;  ///< behind a message that has to wait (a room being read, a token being checked)
};

}  // namespace pulso::seats

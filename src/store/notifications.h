#pragma once
#include <functional>
#include <string_view>

namespace pulso::store {

/// Called on a thread of the notifications' own.
struct NotificationListener {
  /// Another program's transaction has committed, and this is what it said. Said twice in one transaction it comes
  /// once.
  std::function<void(std::string_view payload)> on_word;
  /// Words may have been missed: at the beginning, and after each time that the connection was lost.
  std::function<void()> on_gap;
};

/// Words of other programs, heard while this lives. No call is under way any more when its destructor has returned.
class Notifications {
 public:
  Notifications() = default;
  virtual ~Notifications() = default;
  Notifications(const Notifications&) = delete;
  Notifications& operator=(const Notifications&) = delete;
};

}  // namespace pulso::store

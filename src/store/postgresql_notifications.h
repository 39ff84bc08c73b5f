#pragma once
#include <memory>
#include <string>

#include "store/notifications.h"

namespace pulso::store {

/// Listens on a connection of its own, which is made again when it was lost. `target` may hold a password.
[[nodiscard]] std::unique_ptr<Notifications> create_postgresql_notifications(std::string target, std::string channel,
                                                                             NotificationListener listener);

}  // namespace pulso::store

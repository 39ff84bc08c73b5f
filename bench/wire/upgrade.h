#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pulso::bench {

/// The request of RFC 6455 §4.1 for `target` (path and query), offering no extension. Its key is a constant: these
/// programs measure, they protect nothing.
std::string upgrade_request(std::string_view host, std::string_view target);

/// The 101 answer to `upgrade_request` (§4.2.2), or nothing where `head` is no WebSocket handshake. `head` is the
/// request up to and including its empty line; any client's key is answered.
std::optional<std::string> upgrade_response(std::string_view head);

/// True for a 101 answer that accepts the key of `upgrade_request`.
bool is_upgraded(std::string_view head);

}  // namespace pulso::bench

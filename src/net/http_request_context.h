#pragma once
#include "net/http_message.h"
#include "net/http_options.h"

namespace pulso::net {

/// Adds to a request that has its peer's address what its fields say beside their route: the client behind a trusted
/// proxy, the request's id and its trace (W3C Trace Context).
void complete_request(HttpRequest& request, const HttpOptions& options);

}  // namespace pulso::net

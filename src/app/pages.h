#pragma once
#include <span>
#include <string_view>

#include "net/http_router.h"

namespace pulso::app {

/// One file of the built web pages, carried in the binary.
struct Page {
  std::string_view path;  ///< `/index.html`, `/assets/app-3f2a.js`
  std::string_view bytes;
  std::string_view etag;  ///< quoted, from the content
};

/// Empty when the binary was built without pages.
[[nodiscard]] std::span<const Page> embedded_pages() noexcept;

/// Answers GETs from the embedded pages: `/seats` is `/seats/index.html` or `/seats.html`; hashed files under
/// `/assets/` may be kept for a year, the others are asked for again by ETag. Anything else is a 404 in JSON.
[[nodiscard]] net::HttpHandler create_page_handler();

}  // namespace pulso::app

#include "app/pages.h"

#include <map>
#include <string>

#include "net/mime_types.h"

namespace pulso::app {
namespace {

// The pages load only what is theirs; inline styles are what React sets on elements.
constexpr std::string_view content_security_policy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

using PageTable = std::map<std::string_view, const Page*>;

const Page* find_page(const PageTable& pages, std::string path) {
  if (path.ends_with('/')) path.pop_back();
  for (const std::string& candidate : {path, path + "/index.html", path + ".html"}) {
    if (const auto found = pages.find(candidate); found != pages.end()) return found->second;
  }
  return nullptr;
}

net::HttpResponse answer(const PageTable& pages, const net::HttpRequest& request) {
  const Page* page = find_page(pages, request.path);
  if (!page) {
    if (pages.empty() && request.path == "/") {
      return net::HttpResponse::text(200, "Pulso is running. Its pages were not built into this binary.\n");
    }
    return net::HttpResponse::refusal(404, "not_found", "There is nothing at this path.");
  }
  net::HttpResponse response;
  response.headers.add("ETag", std::string{page->etag});
  response.headers.add("Cache-Control",
                       page->path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.add("Content-Security-Policy", std::string{content_security_policy});
  response.headers.add("Referrer-Policy", "same-origin");
  if (request.headers.get("If-None-Match").find(page->etag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  response.headers.add("Content-Type", std::string{net::mime_type(page->path)});
  response.body_view = page->bytes;
  return response;
}

}  // namespace

net::HttpHandler create_page_handler() {
  PageTable pages;
  for (const Page& page : embedded_pages()) pages.emplace(page.path, &page);
  return [pages = std::move(pages)](net::HttpRequest& request) -> boost::asio::awaitable<net::HttpResponse> {
    co_return answer(pages, request);
  };
}

}  // namespace pulso::app

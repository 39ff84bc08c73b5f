#include "net/http_router.h"

#include <algorithm>

namespace pulso::net {
namespace {

/// Takes the first segment off a path that begins with a slash.
std::string_view take_segment(std::string_view& path) noexcept {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) segments.emplace_back(take_segment(path));
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}
bool is_rest(std::string_view segment) {
  return is_parameter(segment) && segment.ends_with("*}");
}

/// Whether `path` has the pattern's segments, and something in the place of each parameter.
bool fits(const std::vector<std::string>& pattern, std::string_view path) noexcept {
  for (const std::string& segment : pattern) {
    if (path.empty()) return false;
    if (is_rest(segment)) return true;
    const std::string_view asked = take_segment(path);
    if (is_parameter(segment) ? asked.empty() : segment != asked) return false;
  }
  return path.empty();
}

/// What stands in the place of the parameters of a pattern that fits.
std::vector<std::pair<std::string, std::string>> parameters_of(const std::vector<std::string>& pattern,
                                                               std::string_view path) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string& segment : pattern) {
    if (is_rest(segment)) {
      parameters.emplace_back(segment.substr(1, segment.size() - 3), path);
      break;
    }
    const std::string_view asked = take_segment(path);
    if (is_parameter(segment)) parameters.emplace_back(segment.substr(1, segment.size() - 2), asked);
  }
  return parameters;
}

/// Fewer parameters first, so that `/room/new` wins over `/room/{room_id}`.
std::size_t parameter_count(const std::vector<std::string>& pattern) {
  return static_cast<std::size_t>(std::ranges::count_if(pattern, [](const auto& s) { return is_parameter(s); }));
}

}  // namespace

void Router::add(Route route) {
  insert({segments_of(route.pattern), routes_.size(), false});
  routes_.push_back(std::make_unique<Route>(std::move(route)));
}

void Router::add(WebSocketRoute route) {
  insert({segments_of(route.pattern), websockets_.size(), true});
  websockets_.push_back(std::make_unique<WebSocketRoute>(std::move(route)));
}

void Router::insert(Pattern pattern) {
  const auto count_of = [](const Pattern& p) { return parameter_count(p.segments); };
  const auto place = std::ranges::upper_bound(patterns_, count_of(pattern), {}, count_of);
  patterns_.insert(place, std::move(pattern));
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  if (path.starts_with("/api/")) path.remove_prefix(4);
  Match match;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);  // `/stats/` is `/stats`
  for (const Pattern& pattern : patterns_) {
    if (!fits(pattern.segments, path)) continue;
    if (pattern.is_websocket) {
      if (!match.websocket && !match.route) {
        match.websocket = websockets_[pattern.route_index].get();
        match.parameters = parameters_of(pattern.segments, path);
      }
      continue;
    }
    const Route& route = *routes_[pattern.route_index];
    if (route.method == method || (route.method == "GET" && method == "HEAD")) {
      if (!match.route) {
        match.route = &route;
        match.parameters = parameters_of(pattern.segments, path);
      }
    } else {
      const std::string_view names = route.method == "GET" ? "GET, HEAD" : std::string_view{route.method};
      if (match.allow.find(route.method) == std::string::npos) {
        match.allow += match.allow.empty() ? "" : ", ";
        match.allow += names;
      }
    }
  }
  return match;
}

}  // namespace pulso::net

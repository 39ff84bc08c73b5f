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
  return segment.starts_with('{') && segment.contains('}');
}
bool is_rest(std::string_view segment) {
  return is_parameter(segment) && segment.ends_with("*}");
}
std::string_view name_of(std::string_view parameter) {
  return parameter.substr(1, parameter.find('}') - 1);
}
/// What has to follow the parameter within its segment: `.svg` of `{qr_id}.svg`.
std::string_view suffix_of(std::string_view parameter) {
  return parameter.substr(parameter.find('}') + 1);
}

bool fits_segment(std::string_view segment, std::string_view asked) {
  if (!is_parameter(segment)) return segment == asked;
  const std::string_view suffix = suffix_of(segment);
  return asked.size() > suffix.size() && asked.ends_with(suffix);
}

/// Whether `path` has the pattern's segments, and something in the place of each parameter.
bool fits(const std::vector<std::string>& pattern, std::string_view path) noexcept {
  for (const std::string& segment : pattern) {
    if (path.empty()) return false;
    if (is_rest(segment)) return true;
    if (!fits_segment(segment, take_segment(path))) return false;
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
    std::string_view asked = take_segment(path);
    if (!is_parameter(segment)) continue;
    asked.remove_suffix(suffix_of(segment).size());
    parameters.emplace_back(name_of(segment), asked);
  }
  return parameters;
}

/// Fewer parameters first, so that `/room/new` wins over `/room/{room_id}`; one with a suffix before one without.
std::size_t vagueness_of(const std::vector<std::string>& pattern) {
  std::size_t vagueness = 0;
  for (const std::string& segment : pattern) {
    if (is_parameter(segment)) vagueness += suffix_of(segment).empty() ? 2 : 1;
  }
  return vagueness;
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
  const auto vagueness = [](const Pattern& p) { return vagueness_of(p.segments); };
  const auto place = std::ranges::upper_bound(patterns_, vagueness(pattern), {}, vagueness);
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

#include "net/http_router.h"

#include <algorithm>

namespace pulso::net {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    segments.emplace_back(segment);
    path.remove_prefix(segment.size());
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}
bool is_rest(std::string_view segment) {
  return is_parameter(segment) && segment.ends_with("*}");
}

/// Whether `path` fits, and with which parameters.
bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
          std::vector<std::pair<std::string, std::string>>& parameters) {
  parameters.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string& segment = pattern[i];
    if (is_rest(segment)) {
      std::string rest;
      for (std::size_t j = i; j < path.size(); ++j) rest += '/' + path[j];
      parameters.emplace_back(segment.substr(1, segment.size() - 3), std::move(rest));
      return i < path.size();
    }
    if (i >= path.size()) return false;
    if (is_parameter(segment)) {
      if (path[i].empty()) return false;
      parameters.emplace_back(segment.substr(1, segment.size() - 2), path[i]);
    } else if (segment != path[i]) {
      return false;
    }
  }
  return pattern.size() == path.size();
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
  std::vector<std::string> segments = segments_of(path);
  if (segments.size() > 1 && segments.back().empty()) segments.pop_back();  // `/stats/` is `/stats`
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const Pattern& pattern : patterns_) {
    if (!fits(pattern.segments, segments, parameters)) continue;
    if (pattern.is_websocket) {
      if (!match.websocket && !match.route) {
        match.websocket = websockets_[pattern.route_index].get();
        match.parameters = parameters;
      }
      continue;
    }
    const Route& route = *routes_[pattern.route_index];
    if (route.method == method || (route.method == "GET" && method == "HEAD")) {
      if (!match.route) {
        match.route = &route;
        match.parameters = parameters;
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

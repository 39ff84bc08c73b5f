#include "features/tracks/upload_gate.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "features/tracks/track_stream.h"

namespace pulso::tracks {

using net::HttpRequest;
using net::HttpResponse;

namespace {

constexpr std::string_view write_scope = "tracks:write";

/// What the head says, or `missing` where it says nothing.
std::size_t declared_length(const HttpRequest& request, std::size_t missing) {
  const std::string_view text = request.headers.get("Content-Length");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return !text.empty() && error == std::errc{} ? length : missing;
}

}  // namespace

bool may_write(const auth::Principal& principal) noexcept {
  return principal.has_scope(write_scope) || principal.has_role(auth::admin_role);
}

std::optional<HttpResponse> UploadGate::on_head(const HttpRequest& request) {
  const auto principal = authenticator_.authenticate_at_once(auth::credential_of(request));
  if (principal && !*principal) return refused(refuse(principal->error()).error());
  if (principal && !may_write(***principal)) return refused({TracksErrc::forbidden, {}});
  if (enter(request, principal ? (**principal)->user : UserId{})) return std::nullopt;
  turned_away_.add();
  return refused({TracksErrc::unavailable, {}});
}

bool UploadGate::enter(const HttpRequest& request, UserId user) {
  const std::size_t bytes = std::min(declared_length(request, body_bytes_max_), body_bytes_max_);
  const std::lock_guard lock{mutex_};
  if (bytes_ + bytes > longest_bodies_max * body_bytes_max_) return false;
  const auto of_one = bytes_of_.find(user);
  const std::size_t held = of_one == bytes_of_.end() ? 0 : of_one->second;
  if (held + bytes > longest_bodies_of_one_max * body_bytes_max_) return false;
  bytes_ += bytes;
  bytes_of_[user] = held + bytes;
  bodies_.emplace(&request, Body{.bytes = bytes, .user = std::move(user)});
  return true;
}

void UploadGate::leave(const HttpRequest& request) noexcept {
  const std::lock_guard lock{mutex_};
  const auto found = bodies_.find(&request);
  if (found == bodies_.end()) return;
  const auto& [bytes, user] = found->second;
  bytes_ -= bytes;
  const auto of_one = bytes_of_.find(user);
  // Bodies without a byte may have left no entry.
  if (of_one != bytes_of_.end()) {
    of_one->second -= bytes;
    if (of_one->second == 0) bytes_of_.erase(of_one);
  }
  bodies_.erase(found);
}

HttpResponse UploadGate::refused(const Refusal& refusal) const {
  metrics_.refused(refusal.code);
  return answer_of(refusal);
}

}  // namespace pulso::tracks

#pragma once
#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "auth/authenticator.h"
#include "features/tracks/tracks_metrics.h"
#include "net/http_router.h"
#include "ops/metrics.h"

namespace pulso::tracks {

/// Whether somebody may upload and delete.
[[nodiscard]] bool may_write(const auth::Principal& principal) noexcept;

/// Stands before the bodies of uploads, which are long and held in memory: lets in whose credential is good, as far as
/// that can be said at once, and not too many over all connections. Those past the bound are `unavailable`, for a
/// moment. Thread-safe.
class UploadGate final : public net::BodyObserver {
 public:
  /// So many of the longest bodies, or the same bytes of shorter ones, are held at once.
  static constexpr std::size_t longest_bodies_max = 4;
  /// And so many of one user, or of all whose credentials only the database can judge: one who is slow, and one who
  /// makes some up, leave room for the others.
  static constexpr std::size_t longest_bodies_of_one_max = 2;

  /// All outlive it. `turned_away` counts those that were past the bound.
  UploadGate(auth::Authenticator& authenticator, TracksMetrics& metrics, ops::Counter& turned_away,
             std::size_t body_bytes_max)
      : authenticator_(authenticator), metrics_(metrics), turned_away_(turned_away), body_bytes_max_(body_bytes_max) {}

  [[nodiscard]] std::optional<net::HttpResponse> on_head(const net::HttpRequest& request) override;
  void on_body_lost(const net::HttpRequest& request) override { leave(request); }

  /// The handler's part of a body's time: it is held until the end of this.
  class Stay {
   public:
    Stay(UploadGate& gate, const net::HttpRequest& request) noexcept : gate_(gate), request_(request) {}
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;
    ~Stay() { gate_.leave(request_); }

   private:
    UploadGate& gate_;
    const net::HttpRequest& request_;
  };

 private:
  struct Body {
    std::size_t bytes;
    UserId user;
  };
  [[nodiscard]] bool enter(const net::HttpRequest& request, UserId user);
  void leave(const net::HttpRequest& request) noexcept;
  [[nodiscard]] net::HttpResponse refused(const Refusal& refusal) const;

  auth::Authenticator& authenticator_;
  TracksMetrics& metrics_;
  ops::Counter& turned_away_;
  const std::size_t body_bytes_max_;
  std::mutex mutex_;
  std::unordered_map<const net::HttpRequest*, Body> bodies_;  ///< a request stays where it is until it is answered
  std::size_t bytes_ = 0;
  std::unordered_map<UserId, std::size_t> bytes_of_;  ///< at nobody: of those who were not judged yet, and of API keys
};

}  // namespace pulso::tracks

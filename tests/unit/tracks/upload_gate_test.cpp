#include "features/tracks/upload_gate.h"

#include <gtest/gtest.h>

namespace pulso::tracks {
namespace {

constexpr std::size_t body_bytes_max = 1000;

/// `writer`, `other` and `reader` are good tokens, `key` is judged by the database only, everything else is forged.
class Authorities final : public auth::Authenticator {
 public:
  boost::asio::awaitable<Result<auth::PrincipalRef>> authenticate(auth::Credential) override {
    co_return fail(Errc::internal);
  }
  std::optional<Result<auth::PrincipalRef>> authenticate_at_once(const auth::Credential& credential) override {
    if (credential.secret == "key") return std::nullopt;
    const std::string& user = credential.secret;
    if (user != "writer" && user != "other" && user != "reader") return fail(Errc::unauthorized);
    auth::Principal principal;
    principal.user = UserId{user};
    if (user != "reader") principal.scopes = {"tracks:write"};
    return std::make_shared<const auth::Principal>(std::move(principal));
  }
  [[nodiscard]] bool still_holds(const auth::Principal&) const noexcept override { return true; }
  Result<void> reload() override { return {}; }
};

class UploadGateTest : public testing::Test {
 protected:
  static net::HttpRequest request_of(const std::string& credential, std::optional<std::size_t> length) {
    net::HttpRequest request;
    if (!credential.empty()) request.headers.add("Authorization", "Bearer " + credential);
    if (length) request.headers.add("Content-Length", std::to_string(*length));
    return request;
  }
  /// 100 where the body is asked for, else the status of the refusal.
  int ask(const net::HttpRequest& request) {
    const auto refusal = gate_.on_head(request);
    return refusal ? refusal->status : 100;
  }
  int ask(const std::string& credential) { return ask(request_of(credential, 1)); }

  Authorities authorities_;
  ops::Metrics registry_;
  TracksMetrics metrics_{registry_};
  ops::Counter& turned_away_ = registry_.counter("turned_away", "");
  UploadGate gate_{authorities_, metrics_, turned_away_, body_bytes_max};
};

TEST_F(UploadGateTest, AsksForNoBodyOfWhomItMayNotTake) {
  EXPECT_EQ(ask(""), 401);
  EXPECT_EQ(ask("forged"), 401);
  EXPECT_EQ(ask("reader"), 403);
  EXPECT_EQ(ask("writer"), 100);
  EXPECT_EQ(ask("key"), 100);
}

TEST_F(UploadGateTest, BoundsTheBytesThatAreHeldAtOnce) {
  // One that does not say how long it is may be as long as any.
  std::vector<net::HttpRequest> held(UploadGate::longest_bodies_max, request_of("writer", std::nullopt));
  for (std::size_t i = 0; i < held.size(); i += 2) held[i] = request_of("other", std::nullopt);
  for (const net::HttpRequest& request : held) EXPECT_EQ(ask(request), 100);
  const net::HttpRequest last = request_of("other", 1);
  const auto refusal = gate_.on_head(last);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 503);
  EXPECT_EQ(refusal->headers.get("Retry-After"), "1");
  EXPECT_EQ(turned_away_.value(), 1U);

  gate_.on_body_lost(held[0]);
  EXPECT_EQ(ask(last), 100);
  EXPECT_EQ(ask(held[0]), 503) << "a byte is held in its place";
  {
    const UploadGate::Stay stay{gate_, last};
  }
  EXPECT_EQ(ask(held[0]), 100);
}

TEST_F(UploadGateTest, LeavesRoomBesideOneUserAndCredentialsThatWereNotJudgedYet) {
  for (const std::string one : {"key", "other"}) {
    const std::vector<net::HttpRequest> held(UploadGate::longest_bodies_of_one_max, request_of(one, body_bytes_max));
    for (const net::HttpRequest& request : held) EXPECT_EQ(ask(request), 100);
    const net::HttpRequest another = request_of(one, 1), known = request_of("writer", body_bytes_max);
    EXPECT_EQ(ask(another), 503);
    EXPECT_EQ(ask(known), 100);
    gate_.on_body_lost(held[0]);
    EXPECT_EQ(ask(another), 100);
    for (const net::HttpRequest* request : {&held[1], &another, &known}) gate_.on_body_lost(*request);
  }
}

TEST_F(UploadGateTest, BodiesWithoutAByteComeAndGo) {
  const std::vector<net::HttpRequest> held(2, request_of("writer", 0));
  for (const net::HttpRequest& request : held) EXPECT_EQ(ask(request), 100);
  for (const net::HttpRequest& request : held) gate_.on_body_lost(request);
}

TEST_F(UploadGateTest, CountsNoMoreThanALongestBodyForOneThatWillBeTooLarge) {
  const net::HttpRequest huge = request_of("writer", 1'000'000'000);
  EXPECT_EQ(ask(huge), 100) << "the connection refuses it";
  gate_.on_body_lost(huge);
}

}  // namespace
}  // namespace pulso::tracks

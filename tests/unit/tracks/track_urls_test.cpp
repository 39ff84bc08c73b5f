#include "features/tracks/track_urls.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "support/fake_clock.h"

namespace pulso::tracks {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::StartsWith;

const std::string secret = "a-secret-of-at-least-32-bytes-for-tests";
const TrackId track{"ABC_def-123"};
const UserId ana{"ana"};

/// The query of a URL as a request has it.
net::HttpRequest request_of(const std::string& url) {
  net::HttpRequest request;
  std::string_view rest{url};
  rest.remove_prefix(rest.find('?') + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    request.query.emplace_back(std::string{pair.substr(0, equals)}, *percent_decode(pair.substr(equals + 1)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return request;
}

class TrackUrlsTest : public testing::Test {
 protected:
  [[nodiscard]] std::optional<UserId> user_of(const std::string& url, const TrackId& of = track) const {
    const net::HttpRequest request = request_of(url);
    const auto signature = url_signature_of(request);
    return signature ? urls_.user_of(of, *signature, clock_.now()) : std::nullopt;
  }

  support::FakeClock clock_;
  TrackUrls urls_{secret, "", hours{4}};
};

TEST_F(TrackUrlsTest, LeadToTheTrackForItsUser) {
  const std::string url = urls_.audio_url(track, ana, clock_.now());
  EXPECT_THAT(url, StartsWith("/api/tracks/stream/ABC_def-123?user=ana&expires="));
  EXPECT_EQ(user_of(url), ana);
}

TEST_F(TrackUrlsTest, OpenCoverAndWaveformOfTheSameTrackToo) {
  EXPECT_THAT(urls_.cover_url(track, ana, clock_.now()), StartsWith("/api/tracks/ABC_def-123/cover?user=ana"));
  EXPECT_EQ(user_of(urls_.waveform_url(track, ana, clock_.now())), ana);
}

TEST_F(TrackUrlsTest, StandBehindTheServersAddress) {
  const TrackUrls urls{secret, "https://live.example.com/", hours{4}};
  EXPECT_THAT(urls.audio_url(track, ana, clock_.now()), StartsWith("https://live.example.com/api/tracks/stream/"));
}

TEST_F(TrackUrlsTest, TakeAnyUser) {
  for (const char* id : {"", "auth0|5f&x=1", "имя фамилия", "a+b %41/?#"}) {
    EXPECT_EQ(user_of(urls_.audio_url(track, UserId{id}, clock_.now())), UserId{id}) << id;
  }
}

TEST_F(TrackUrlsTest, HoldThreeQuartersOfTheirLifetimeAtLeastAndAllOfItAtMost) {
  for (int minutes = 0; minutes < 130; minutes += 13) {
    const std::string url = urls_.audio_url(track, ana, clock_.now());
    const net::HttpRequest request = request_of(url);
    const auto held = [&](milliseconds after) {
      return urls_.user_of(track, *url_signature_of(request), clock_.now() + after).has_value();
    };
    EXPECT_TRUE(held(hours{3}));
    EXPECT_FALSE(held(hours{4}));
    clock_.advance(std::chrono::minutes{13});
  }
}

TEST_F(TrackUrlsTest, StayTheSameForAWhile) {
  std::set<std::string> urls;
  for (int minute = 0; minute < 60; ++minute) {
    urls.insert(urls_.audio_url(track, ana, clock_.now()));
    clock_.advance(std::chrono::minutes{1});
  }
  EXPECT_LE(urls.size(), 2U);
}

TEST_F(TrackUrlsTest, OpenNothingElse) {
  const std::string url = urls_.audio_url(track, ana, clock_.now());
  EXPECT_FALSE(user_of(url, TrackId{"another"}));
  for (const auto& [from, to] :
       std::initializer_list<std::pair<std::string, std::string>>{{"user=ana", "user=eve"},
                                                                  {"user=ana", "user=an"},
                                                                  {"user=ana", "user="},
                                                                  {"expires=", "expires=9"},
                                                                  {"expires=", "expires=+"},
                                                                  {"expires=", "expires=0"},
                                                                  {"expires=", "expires=99999999999"}}) {
    std::string forged = url;
    forged.replace(forged.find(from), from.size(), to);
    EXPECT_FALSE(user_of(forged)) << forged;
  }
}

TEST_F(TrackUrlsTest, AreSignedByTheirSecretOnly) {
  const TrackUrls others{"another-secret-of-32-bytes-or-so", "", hours{4}};
  EXPECT_FALSE(user_of(others.audio_url(track, ana, clock_.now())));
}

TEST_F(TrackUrlsTest, HaveOneSignatureInOneSpelling) {
  const std::string url = urls_.audio_url(track, ana, clock_.now());
  EXPECT_FALSE(user_of(url.substr(0, url.size() - 1)));
  EXPECT_FALSE(user_of(url + "="));
  EXPECT_FALSE(user_of(url.substr(0, url.find("&signature=")) + "&signature="));
  EXPECT_FALSE(user_of(url.substr(0, url.find("&signature="))));
}

TEST_F(TrackUrlsTest, DoNotMixUpWhereOneValueEndsAndTheNextBegins) {
  const std::string url = urls_.audio_url(TrackId{"ab"}, UserId{"c"}, clock_.now());
  std::string shifted = url;
  shifted.replace(shifted.find("user=c"), 6, "user=bc");
  EXPECT_TRUE(user_of(url, TrackId{"ab"}));
  EXPECT_FALSE(user_of(shifted, TrackId{"a"}));
}

}  // namespace
}  // namespace pulso::tracks

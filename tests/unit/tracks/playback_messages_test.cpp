#include "features/tracks/playback_messages.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "unit/tracks/playback_fixture.h"

namespace pulso::tracks {
namespace {

boost::json::object object_of(std::string_view text) {
  return boost::json::parse({text.data(), text.size()}).as_object();
}

/// The field that a report with this text is refused for, or nothing.
std::string wrong_field(std::string_view text) {
  const auto object = object_of(text);
  Fields fields{object};
  static_cast<void>(fields.report());
  return fields.refusal() ? fields.refusal()->field : std::string{};
}

TEST(PlaybackMessages, NameTheFirstFieldThatIsWrong) {
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":1.5,"isPlaying":true})"), "");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":1.5,"isPlaying":true,"userId":{}})"), "");
  EXPECT_EQ(wrong_field(R"({"currentTime":1.5,"isPlaying":true})"), "trackId");
  EXPECT_EQ(wrong_field(R"({"trackId":"a/../b","currentTime":1.5,"isPlaying":true})"), "trackId");
  EXPECT_EQ(wrong_field(R"({"trackId":7,"currentTime":1.5,"isPlaying":true})"), "trackId");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","isPlaying":true})"), "currentTime");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":-1,"isPlaying":true})"), "currentTime");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":"1","isPlaying":true})"), "currentTime");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":1e300,"isPlaying":true})"), "currentTime");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":1})"), "isPlaying");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":1,"isPlaying":1})"), "isPlaying");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":1,"isPlaying":true,"revision":-1})"), "revision");
  EXPECT_EQ(wrong_field(R"({"trackId":"x","currentTime":1,"isPlaying":true,"serverTime":"now"})"), "serverTime");
}

TEST(PlaybackMessages, KeepMilliseconds) {
  const auto object = object_of(R"({"currentTime":12.3456})");
  Fields fields{object};
  EXPECT_EQ(fields.position(), milliseconds{12'346});
}

TEST(PlaybackMessages, BoundNamesVolumesAndQueues) {
  const auto refuses = [](const boost::json::object& object, auto read) {
    Fields fields{object};
    read(fields);
    return fields.refusal().has_value();
  };
  const auto name = [](Fields& fields) { static_cast<void>(fields.name()); };
  EXPECT_FALSE(refuses({{"name", "Кухня"}}, name));
  EXPECT_TRUE(refuses({{"name", ""}}, name));
  EXPECT_TRUE(refuses({{"name", std::string(device_name_bytes_max + 1, 'n')}}, name));
  EXPECT_TRUE(refuses({{"name", "a\nb"}}, name));
  const auto volume = [](Fields& fields) { static_cast<void>(fields.volume()); };
  EXPECT_FALSE(refuses({{"volume", 0}}, volume));
  EXPECT_FALSE(refuses({{"volume", 1}}, volume));
  EXPECT_TRUE(refuses({{"volume", 1.01}}, volume));
  EXPECT_TRUE(refuses({}, volume));
  const auto queue = [](Fields& fields) { static_cast<void>(fields.queue()); };
  EXPECT_FALSE(refuses({{"trackIds", boost::json::array{}}}, queue));
  EXPECT_TRUE(refuses({{"trackIds", boost::json::array{"x", 7}}}, queue));
  EXPECT_TRUE(refuses({{"trackIds", "x"}}, queue));
}

TEST(PlaybackMessages, CarryThePositionAsItIsNow) {
  Stage stage;
  stage.play("a", "x", 10);
  stage.pass(milliseconds{2500});
  const auto event = encode_playback_event(UserId{"ana"}, DeviceId{"a"}, {stage.state, stage.now}, "/url");
  EXPECT_EQ(event.at("currentTime").as_double(), 12.5);
  EXPECT_TRUE(event.at("isPlaying").as_bool());
  EXPECT_EQ(event.at("userId").as_string(), "ana");
  EXPECT_EQ(event.at("deviceId").as_string(), "a");
  EXPECT_EQ(event.at("track").at("audioUrl").as_string(), "/url");
  EXPECT_EQ(event.at("track").at("duration").as_double(), 300);
  EXPECT_EQ(event.at("serverTime").as_int64(), stage.now.time_since_epoch().count());
  EXPECT_TRUE(event.at("queueIndex").is_null());
}

TEST(PlaybackMessages, SayPlainlyThatNothingHasBeenPlayed) {
  Stage stage{{"a"}};
  const auto state = encode_state(UserId{"ana"}, {}, {stage.state, stage.now}, "");
  EXPECT_TRUE(state.at("trackId").is_null());
  EXPECT_TRUE(state.at("track").is_null());
  EXPECT_FALSE(state.at("isPlaying").as_bool());
  EXPECT_EQ(state.at("devices").as_array().size(), 1U);
}

}  // namespace
}  // namespace pulso::tracks

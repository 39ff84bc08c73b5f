#include "net/event_frame.h"

#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

namespace pulso::net {
namespace {

struct EncodingCase {
  const char* name;
  ServerSentEvent event;
  const char* text;
};

class EventEncodingTest : public testing::TestWithParam<EncodingCase> {};

TEST_P(EventEncodingTest, is_what_the_standard_says) {
  EXPECT_EQ(encode_event(GetParam().event), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    All, EventEncodingTest,
    testing::Values(
        EncodingCase{"DataAlone", {.id = {}, .type = {}, .data = "a"}, "data: a\n\n"},
        EncodingCase{"All", {.id = "7", .type = "t", .data = "{}"}, "id: 7\nevent: t\ndata: {}\n\n"},
        EncodingCase{"Nothing", {.id = {}, .type = {}, .data = {}}, "data: \n\n"},
        EncodingCase{"Lines", {.id = {}, .type = {}, .data = "a\nb"}, "data: a\ndata: b\n\n"},
        EncodingCase{
            "EveryLineBreak", {.id = {}, .type = {}, .data = "a\r\nb\rc\nd"}, "data: a\ndata: b\ndata: c\ndata: d\n\n"},
        EncodingCase{"EmptyLines", {.id = {}, .type = {}, .data = "\n\r\n\r"}, "data: \ndata: \ndata: \ndata: \n\n"},
        EncodingCase{"LeadingSpace", {.id = {}, .type = {}, .data = " a"}, "data:  a\n\n"},
        EncodingCase{
            "LooksLikeAField", {.id = {}, .type = {}, .data = "x\nid: 9\n: y"}, "data: x\ndata: id: 9\ndata: : y\n\n"}),
    [](const auto& tested) { return tested.param.name; });

TEST(EventFrameTest, takes_no_line_break_and_no_nul_in_a_line) {
  EXPECT_TRUE(is_event_line("qr_payment_TXN 1: é"));
  EXPECT_TRUE(is_event_line(""));
  for (const std::string_view line :
       {std::string_view{"a\nb"}, std::string_view{"a\r"}, std::string_view{"\n"}, std::string_view{"a\0b", 3}}) {
    EXPECT_FALSE(is_event_line(line)) << line;
  }
}

TEST(EventFrameTest, encodes_comments_and_delays) {
  EXPECT_EQ(encode_event_comment(), ":\n\n");
  EXPECT_EQ(encode_event_comment("here"), ":here\n\n");
  EXPECT_EQ(encode_event_retry(milliseconds{300}), "retry: 300\n\n");
}

/// A client of a compressed stream: what has come out of it so far.
class Inflater {
 public:
  explicit Inflater(ContentCoding coding) {
    constexpr int gzip_bits = 15 + 16, zlib_bits = 15;
    EXPECT_EQ(inflateInit2(&stream_, coding == ContentCoding::gzip ? gzip_bits : zlib_bits), Z_OK);
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  std::string feed(const FrameRef& frame) {
    std::string out(1 << 20, '\0');
    const std::string_view in = frame.bytes();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    result_ = inflate(&stream_, Z_SYNC_FLUSH);
    EXPECT_EQ(stream_.avail_in, 0U);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }
  /// The end has come, and its checksum and length are right.
  [[nodiscard]] bool is_whole() const { return result_ == Z_STREAM_END; }

 private:
  z_stream stream_{};
  int result_ = Z_OK;
};

class EventStreamCodingTest : public testing::TestWithParam<ContentCoding> {};

TEST_P(EventStreamCodingTest, gives_every_piece_at_once_and_a_right_end) {
  const EventFrame before = EventFrame::make("data: made while nobody asked\n\n");
  EventStreamCoding first{GetParam()};
  Inflater first_client{GetParam()};
  first_client.feed(first.head());
  EXPECT_EQ(first_client.feed(first.add(before)), before.plain().bytes());

  std::vector<EventFrame> pieces;
  for (const std::size_t size : {0U, 1U, 5U, 300U, 70'000U}) {
    pieces.push_back(EventFrame::make("data: " + std::string(size, 'x') + "\n\n"));
  }
  pieces.push_back(EventFrame::make(""));

  EventStreamCoding second{GetParam()};  // the same pieces suit one that began later
  Inflater second_client{GetParam()};
  second_client.feed(second.head());
  for (const EventFrame& piece : pieces) {
    const FrameRef sent = first.add(piece);
    EXPECT_EQ(first_client.feed(sent), piece.plain().bytes());
    const FrameRef sent_again = second.add(piece);
    EXPECT_EQ(sent_again.bytes().data(), sent.bytes().data()) << "compressed once for all";
    EXPECT_EQ(second_client.feed(sent_again), piece.plain().bytes());
  }
  EXPECT_FALSE(first_client.is_whole());
  first_client.feed(first.tail());
  second_client.feed(second.tail());
  EXPECT_TRUE(first_client.is_whole());
  EXPECT_TRUE(second_client.is_whole());
}

TEST_P(EventStreamCodingTest, ends_rightly_when_nothing_was_sent) {
  const EventStreamCoding coding{GetParam()};
  Inflater client{GetParam()};
  client.feed(coding.head());
  client.feed(coding.tail());
  EXPECT_TRUE(client.is_whole());
}

INSTANTIATE_TEST_SUITE_P(All, EventStreamCodingTest, testing::Values(ContentCoding::gzip, ContentCoding::deflate),
                         [](const auto& tested) { return std::string{name_of(tested.param)}; });

}  // namespace
}  // namespace pulso::net

#include "wire/event_reader.h"

#include <string>

#include <gtest/gtest.h>

namespace pulso::bench {
namespace {

TEST(EventReaderTest, counts_events_that_have_data) {
  EventReader reader;
  EXPECT_EQ(reader.feed("retry: 300\n\n:\n\nid: 1\nevent: x\ndata: abc\n\n"), 1U);
  EXPECT_EQ(reader.feed("data: a\ndata: b\n\ndata: c\n\nid: 9\n\n"), 2U);
  EXPECT_EQ(reader.data_bytes(), 6U);
}

TEST(EventReaderTest, takes_any_pieces) {
  const std::string text = "id: 1\ndata: hello\n\n: comment\n\ndata: you\n\n";
  for (std::size_t size = 1; size < text.size(); ++size) {
    EventReader reader;
    std::size_t events = 0;
    for (std::size_t at = 0; at < text.size(); at += size)
      events += reader.feed(std::string_view{text}.substr(at, size));
    EXPECT_EQ(events, 2U) << size;
    EXPECT_EQ(reader.data_bytes(), 8U) << size;
  }
}

}  // namespace
}  // namespace pulso::bench

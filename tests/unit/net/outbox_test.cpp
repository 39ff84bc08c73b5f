#include "net/outbox.h"

#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

/// A connected pair: the outbox writes to one end, the test reads from the other.
class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
    Socket socket{context_};
    socket.assign(boost::asio::ip::tcp::v4(), ends_[0]);
    stream_.emplace(std::move(socket), nullptr);
  }
  ~OutboxTest() override { ::close(ends_[1]); }
  std::string read_all() const {
    std::string out;
    char buffer[65536];
    for (ssize_t got; (got = ::recv(ends_[1], buffer, sizeof(buffer), 0)) > 0;) {
      out.append(buffer, static_cast<std::size_t>(got));
    }
    return out;
  }
  Outbox::FlushResult flush() { return outbox_.flush(*stream_, scratch_); }

  boost::asio::io_context context_;
  int ends_[2] = {};
  std::optional<Stream> stream_;
  std::vector<char> scratch_ = std::vector<char>(4096);
  Outbox outbox_;
  OutboxLimits limits_{.bytes_max = 1000, .messages_max = 10};
};

TEST_F(OutboxTest, writes_what_was_pushed_in_order) {
  for (const char* text : {"one ", "two ", "three"}) EXPECT_TRUE(outbox_.push(Frame::make(text), limits_));
  EXPECT_EQ(outbox_.pending_bytes(), 13U);
  EXPECT_EQ(flush(), Outbox::FlushResult::drained);
  EXPECT_EQ(read_all(), "one two three");
  EXPECT_TRUE(outbox_.empty());
  EXPECT_EQ(outbox_.pending_bytes(), 0U);
}

TEST_F(OutboxTest, refuses_past_either_limit_but_always_takes_one) {
  EXPECT_TRUE(outbox_.push(Frame::make(std::string(5000, 'x')), limits_));
  EXPECT_FALSE(outbox_.push(Frame::make("y"), limits_));
  EXPECT_TRUE(outbox_.push(Frame::make("replayed"), limits_, false));
  EXPECT_EQ(flush(), Outbox::FlushResult::drained);
  read_all();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(outbox_.push(Frame::make("x"), limits_));
  EXPECT_FALSE(outbox_.push(Frame::make("x"), limits_));
  EXPECT_EQ(flush(), Outbox::FlushResult::drained);
  EXPECT_TRUE(outbox_.push(Frame::make("x"), limits_));
}

TEST_F(OutboxTest, goes_on_where_a_full_socket_stopped_it) {
  const OutboxLimits wide{.bytes_max = std::size_t{1} << 30, .messages_max = 100'000};
  std::string expected, got;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = std::to_string(i) + std::string(static_cast<std::size_t>(i % 700), 'x');
    expected += text;
    EXPECT_TRUE(outbox_.push(Frame::make(text), wide));
  }
  bool was_blocked = false;
  while (flush() == Outbox::FlushResult::wants_write) {
    was_blocked = true;
    got += read_all();
  }
  got += read_all();
  EXPECT_TRUE(was_blocked);
  EXPECT_EQ(got, expected);
}

TEST_F(OutboxTest, keeps_a_half_sent_frame_when_the_rest_is_dropped) {
  const OutboxLimits wide{.bytes_max = std::size_t{1} << 30, .messages_max = 100};
  const std::string big(8 * 1024 * 1024, 'b');
  EXPECT_TRUE(outbox_.push(Frame::make(big), wide));
  EXPECT_TRUE(outbox_.push(Frame::make("dropped"), wide));
  EXPECT_EQ(flush(), Outbox::FlushResult::wants_write);
  outbox_.drop_unsent();
  EXPECT_TRUE(outbox_.push(Frame::make("close"), wide));
  std::string got;
  while (flush() == Outbox::FlushResult::wants_write) got += read_all();
  got += read_all();
  EXPECT_EQ(got, big + "close");
}

TEST_F(OutboxTest, reports_a_peer_that_has_gone) {
  ::shutdown(ends_[1], SHUT_RDWR);
  ::close(ends_[1]);
  EXPECT_TRUE(outbox_.push(Frame::make("x"), limits_));
  EXPECT_EQ(flush(), Outbox::FlushResult::failed);
  ends_[1] = -1;
}

}  // namespace
}  // namespace pulso::net

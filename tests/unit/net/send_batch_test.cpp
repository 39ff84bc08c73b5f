#include "net/send_batch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace pulso::net {
namespace {

class SendBatchTest : public testing::Test {
 protected:
  SendBatchTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, one_.data()), 0);
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, other_.data()), 0);
  }
  ~SendBatchTest() override {
    for (const int end : {one_[0], one_[1], other_[0], other_[1]}) ::close(end);
  }
  void SetUp() override {
    if (!batch_) GTEST_SKIP() << "no io_uring here";
  }
  static std::string read_from(int descriptor) {
    std::array<char, 4096> buffer;
    const ssize_t got = ::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

  std::unique_ptr<SendBatch> batch_ = SendBatch::create();
  std::array<int, 2> one_{}, other_{};
};

TEST_F(SendBatchTest, sends_to_each_and_tells_what_came_of_it) {
  for (int round = 0; round < 200; ++round) {
    batch_->add(one_[0], "hello ");
    batch_->add(other_[0], "there");
    batch_->add(one_[0], "again");
    const auto results = batch_->submit();
    ASSERT_EQ(std::vector<int>(results.begin(), results.end()), (std::vector<int>{6, 5, 5}));
    ASSERT_EQ(read_from(one_[1]), "hello again");
    ASSERT_EQ(read_from(other_[1]), "there");
  }
  EXPECT_FALSE(batch_->is_broken());
}

TEST_F(SendBatchTest, waits_for_no_socket_and_survives_dead_ones) {
  const std::string large(4 * 1024 * 1024, 'x');
  ::close(other_[1]);
  other_[1] = ::dup(one_[1]);
  batch_->add(one_[0], large);
  batch_->add(other_[0], "to nobody");
  batch_->add(-1, "to nothing");
  const auto first = batch_->submit();
  ASSERT_EQ(first.size(), 3U);
  EXPECT_GT(first[0], 0);
  EXPECT_LT(first[0], static_cast<int>(large.size()));
  EXPECT_EQ(first[1], -EPIPE);
  EXPECT_EQ(first[2], -EBADF);
  batch_->add(one_[0], "no room");
  EXPECT_EQ(batch_->submit()[0], -EAGAIN);
  EXPECT_FALSE(batch_->is_broken());
}

TEST_F(SendBatchTest, takes_as_many_as_it_says) {
  for (std::size_t i = 0; i < SendBatch::capacity; ++i) {
    const auto scratch = batch_->scratch();
    scratch[0] = static_cast<char>('0' + i % 10);
    batch_->add(one_[0], {scratch.data(), 1});
  }
  EXPECT_EQ(batch_->submit().size(), SendBatch::capacity);
  EXPECT_EQ(read_from(one_[1]).substr(0, 12), "012345678901");
}

}  // namespace
}  // namespace pulso::net

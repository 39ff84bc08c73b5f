#include "net/stream.h"

#include <optional>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "net/file_descriptor.h"

namespace pulso::net {
namespace {

using tcp = boost::asio::ip::tcp;

/// A TCP connection within the machine: the stream writes to one end, the test reads from the other.
class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    tcp::acceptor acceptor{context_, tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
    peer_.connect(acceptor.local_endpoint());
    Socket socket{context_};
    acceptor.accept(socket);
    socket.native_non_blocking(true);
    stream_.emplace(std::move(socket), nullptr);
  }
  std::string read(std::size_t bytes) {
    std::string out(bytes, '\0');
    EXPECT_EQ(::recv(peer_.native_handle(), out.data(), bytes, MSG_WAITALL), static_cast<ssize_t>(bytes));
    return out;
  }
  std::size_t write_until_full() {
    const std::string piece(16 * 1024, 'x');
    for (std::size_t total = 0;;) {
      const IoResult sent = stream_->write_some(piece);
      if (sent.status != IoStatus::ok) return total;
      total += sent.bytes;
    }
  }

  boost::asio::io_context context_;
  tcp::socket peer_{context_};
  std::optional<Stream> stream_;
};

TEST_F(StreamTest, sends_what_was_held_back_together_with_the_file_that_follows) {
  const FileDescriptor file{::memfd_create("file", MFD_CLOEXEC)};
  ASSERT_EQ(::write(file.get(), "0123456789", 10), 10);
  EXPECT_EQ(stream_->write_some("head ", true).bytes, 5U);
  std::uint64_t offset = 2;
  EXPECT_EQ(stream_->send_file(file.get(), offset, 5, {}).bytes, 5U);
  EXPECT_EQ(offset, 7U);
  EXPECT_EQ(read(10), "head 23456");
}

TEST_F(StreamTest, takes_more_for_a_peer_that_does_not_read_once_the_bound_is_lifted) {
  stream_->bound_unsent(true);
  EXPECT_GT(write_until_full(), 0U);
  EXPECT_EQ(write_until_full(), 0U);
  stream_->bound_unsent(false);
  EXPECT_GT(write_until_full(), 0U);
}

}  // namespace
}  // namespace pulso::net

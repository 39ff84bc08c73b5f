#include "ops/systemd_notify.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/random.h"

namespace pulso::ops {
namespace {

/// The manager's end: a datagram socket in the abstract namespace.
class SystemdNotify : public testing::Test {
 protected:
  void SetUp() override {
    handle_ = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    ASSERT_EQ(::bind(handle_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  void TearDown() override { ::close(handle_); }

  std::string received() {
    std::array<char, 256> buffer{};
    const auto size = ::recv(handle_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string{buffer.data(), static_cast<std::size_t>(size)};
  }

  std::string name_ = "@pulso-test-" + random_token();
  int handle_ = -1;
};

TEST_F(SystemdNotify, SendsOneDatagramForEachState) {
  const SystemdNotifier notifier{name_};
  notifier.ready();
  EXPECT_EQ(received(), "READY=1\n");
  notifier.reloading(SteadyTime{std::chrono::microseconds{1234567}});
  EXPECT_EQ(received(), "RELOADING=1\nMONOTONIC_USEC=1234567\n");
  notifier.watchdog();
  EXPECT_EQ(received(), "WATCHDOG=1\n");
  notifier.stopping();
  EXPECT_EQ(received(), "STOPPING=1\n");
}

TEST_F(SystemdNotify, StatusIsOneLine) {
  SystemdNotifier{name_}.status("serving\nREADY=0");
  EXPECT_EQ(received(), "STATUS=serving\n");
}

TEST_F(SystemdNotify, IsMuteWithoutAUsableSocket) {
  for (const std::string& path :
       {std::string{}, std::string{"relative"}, "/" + std::string(200, 'a'), std::string{"/nonexistent/notify"}}) {
    SystemdNotifier{path}.ready();
    EXPECT_EQ(received(), "");
  }
}

TEST(WatchdogInterval, IsHalfOfTheManagersTime) {
  EXPECT_EQ(watchdog_interval("30000000", "", 7), milliseconds{15000});
  EXPECT_EQ(watchdog_interval("30000000", "7", 7), milliseconds{15000});
}

TEST(WatchdogInterval, IsAbsentForOthersAndForNonsense) {
  EXPECT_EQ(watchdog_interval("30000000", "8", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("30000000", "x", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("", "", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("0", "", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("-5", "", 7), std::nullopt);
  EXPECT_EQ(watchdog_interval("18446744073709551615", "", 7), std::nullopt);
}

}  // namespace
}  // namespace pulso::ops

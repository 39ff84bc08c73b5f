#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bus/bus.h"
#include "unit/bus/bus_listener.h"

namespace pulso::bus {
namespace {

TEST(MemoryBus, brings_messages_of_subscribed_channels_in_their_order) {
  BusListener hears;
  const auto bus = create_memory_bus();
  hears.attach(*bus);
  bus->publish("room", "before");
  bus->subscribe("room");
  bus->publish("room", "1");
  bus->publish("other", "2");
  bus->publish("room", "3");
  bus->unsubscribe("room");
  bus->publish("room", "after");
  ASSERT_TRUE(hears.subscribe(*bus, "end"));
  EXPECT_THAT(hears.events(), testing::ElementsAre("room stands", "room=1", "room=3", "end stands"));
}

TEST(MemoryBus, lets_the_listener_call_back) {
  std::promise<std::string> heard;
  const auto bus = create_memory_bus();
  bus->listen({.on_message = [&](std::string_view, std::string_view payload) { heard.set_value(std::string{payload}); },
               .on_gap = [&](std::string_view channel) { bus->publish(std::string{channel}, "from the listener"); }});
  bus->subscribe("room");
  EXPECT_EQ(heard.get_future().get(), "from the listener");
}

TEST(MemoryBus, tells_of_a_gap_when_more_waits_than_it_keeps) {
  std::promise<void> go_on;
  const auto bus = create_memory_bus();
  std::size_t messages = 0;
  std::promise<std::size_t> lost_after;
  bus->listen({.on_message =
                   [&](std::string_view, std::string_view) {
                     if (messages++ == 0) go_on.get_future().wait();
                   },
               .on_gap =
                   [&](std::string_view) {
                     if (messages > 0) lost_after.set_value(messages);
                   }});
  bus->subscribe("room");
  constexpr std::size_t more_than_it_keeps = 140'000;
  for (std::size_t count = 0; count < more_than_it_keeps; ++count) bus->publish("room", "x");
  go_on.set_value();
  EXPECT_LT(lost_after.get_future().get(), more_than_it_keeps);
}

}  // namespace
}  // namespace pulso::bus

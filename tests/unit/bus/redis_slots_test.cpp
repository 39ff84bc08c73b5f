#include "bus/redis_slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pulso::bus {
namespace {

const RedisEndpoint asked{"10.0.0.9", 7009};

RedisReply text(std::string value) {
  return RedisReply{std::move(value)};
}
RedisReply number(std::int64_t value) {
  return RedisReply{value};
}
RedisReply list(RedisReply::Array elements) {
  return RedisReply{std::move(elements)};
}

RedisReply range(std::int64_t first, std::int64_t last, std::string host, std::int64_t port) {
  return list({number(first), number(last), list({text(std::move(host)), number(port), text("id")})});
}

TEST(RedisSlot, is_the_checksum_that_the_specification_gives) {
  EXPECT_EQ(redis_slot("123456789"), 0x31C3 % redis_slot_count);
  EXPECT_EQ(redis_slot("foo"), 12182);
  EXPECT_EQ(redis_slot(""), 0);
}

TEST(RedisSlot, looks_at_the_first_hash_tag_only) {
  EXPECT_EQ(redis_slot("seats:{room-1}:holds"), redis_slot("room-1"));
  EXPECT_EQ(redis_slot("{a}{b}"), redis_slot("a"));
  EXPECT_EQ(redis_slot("x{{a}}y"), redis_slot("{a"));
}

TEST(RedisSlot, takes_the_whole_key_where_the_tag_is_empty_or_open) {
  EXPECT_NE(redis_slot("{}a"), redis_slot("{}b"));
  EXPECT_NE(redis_slot("{a"), redis_slot("a"));
}

TEST(RedisSlotMap, reads_the_answer_of_a_cluster) {
  const auto map = parse_cluster_slots(list({range(0, 8191, "10.0.0.1", 7001), range(8192, 16383, "", 7002)}), asked);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->owner(0), (RedisEndpoint{"10.0.0.1", 7001}));
  EXPECT_EQ(map->owner(16383), (RedisEndpoint{"10.0.0.9", 7002}));
  EXPECT_TRUE(map->is_complete());
  EXPECT_EQ(map->owners().size(), 2U);
}

TEST(RedisSlotMap, knows_what_is_not_covered) {
  const auto map = parse_cluster_slots(list({range(1, 16383, "10.0.0.1", 7001)}), asked);
  ASSERT_TRUE(map);
  EXPECT_FALSE(map->is_complete());
  EXPECT_EQ(map->owner(0), std::nullopt);
}

TEST(RedisSlotMap, drops_an_owner_that_has_lost_its_last_slot) {
  RedisSlotMap map;
  map.assign(5, {"10.0.0.1", 7001});
  map.assign(5, {"10.0.0.2", 7002});
  EXPECT_THAT(map.owners(), testing::ElementsAre(RedisEndpoint{"10.0.0.2", 7002}));
}

TEST(RedisSlotMap, refuses_answers_of_another_shape) {
  EXPECT_FALSE(parse_cluster_slots(text("OK"), asked));
  EXPECT_FALSE(parse_cluster_slots(list({text("OK")}), asked));
  EXPECT_FALSE(parse_cluster_slots(list({range(0, 16384, "10.0.0.1", 7001)}), asked));
  EXPECT_FALSE(parse_cluster_slots(list({range(-1, 5, "10.0.0.1", 7001)}), asked));
  EXPECT_FALSE(parse_cluster_slots(list({range(6, 5, "10.0.0.1", 7001)}), asked));
  EXPECT_FALSE(parse_cluster_slots(list({range(0, 5, "10.0.0.1", 0)}), asked));
}

TEST(RedisRedirect, names_slot_and_node) {
  const auto moved = parse_redirect("MOVED 866 10.0.0.1:7001", asked);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->slot, 866);
  EXPECT_EQ(moved->target, (RedisEndpoint{"10.0.0.1", 7001}));
  EXPECT_EQ(parse_redirect("ASK 866 ::1:7001", asked)->target, (RedisEndpoint{"::1", 7001}));
  EXPECT_EQ(parse_redirect("ASK 866 [::1]:7001", asked)->target, (RedisEndpoint{"::1", 7001}));
  EXPECT_EQ(parse_redirect("MOVED 866 :7001", asked)->target, (RedisEndpoint{"10.0.0.9", 7001}));
}

TEST(RedisRedirect, is_no_other_error) {
  for (const auto* error : {"", "ERR unknown command", "MOVED", "MOVED 866", "MOVED 16384 a:1", "MOVED x a:1",
                            "MOVED 1 a:0", "MOVED 1 a:65536", "MOVED 1 a"}) {
    EXPECT_FALSE(parse_redirect(error, asked)) << error;
  }
}

}  // namespace
}  // namespace pulso::bus

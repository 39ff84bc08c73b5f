#include "store/migrations.h"

#include <array>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <soci/soci.h>

#include "support/database_test.h"

namespace pulso::store {
namespace {

constexpr std::string_view create_shelves = "CREATE TABLE shelves (id BIGINT PRIMARY KEY)";
constexpr std::string_view create_books = R"sql(
  CREATE TABLE books (id BIGINT PRIMARY KEY, shelf BIGINT NOT NULL REFERENCES shelves (id));
  INSERT INTO shelves (id) VALUES (1)
)sql";
constexpr std::array known = {Migration{"library", 1, "shelves", create_shelves, create_shelves},
                              Migration{"library", 2, "books", create_books, create_books}};

class MigrationsTest : public support::DatabaseTest {
 protected:
  int count(const std::string& table) {
    int rows = -1;
    auto counted = database_->run([&](Session& session) -> Result<void> {
      session.sql() << "SELECT count(*) FROM " + table, soci::into(rows);
      return {};
    });
    return counted ? rows : -1;
  }
};
PULSO_FOR_EACH_ENGINE(MigrationsTest);

TEST_P(MigrationsTest, takes_each_step_once) {
  EXPECT_EQ(migrate(*database_, known), 2);
  EXPECT_EQ(migrate(*database_, known), 0);
  EXPECT_EQ(count("shelves"), 1);
  EXPECT_EQ(count("books"), 0);
}

TEST_P(MigrationsTest, takes_only_the_steps_that_are_new) {
  EXPECT_EQ(migrate(*database_, std::span{known}.first(1)), 1);
  EXPECT_EQ(migrate(*database_, known), 1);
}

TEST_P(MigrationsTest, leaves_bodies_between_dollars_whole) {
  constexpr std::string_view tables = "CREATE TABLE shelves (id BIGINT PRIMARY KEY)";
  constexpr std::string_view bodies = R"sql(
    CREATE TABLE shelves (id BIGINT PRIMARY KEY);
    CREATE FUNCTION one() RETURNS BIGINT LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 1; END $$;
    INSERT INTO shelves (id) VALUES (one())
  )sql";
  constexpr std::array steps = {Migration{"library", 1, "shelves", tables, bodies}};
  EXPECT_EQ(migrate(*database_, steps), 1);
  EXPECT_EQ(count("shelves"), database_->engine() == Engine::sqlite ? 0 : 1);
}

TEST_P(MigrationsTest, keeps_components_apart) {
  constexpr std::string_view text = "CREATE TABLE films (id BIGINT PRIMARY KEY)";
  constexpr std::array both = {known[0], Migration{"cinema", 1, "films", text, text}, known[1]};
  EXPECT_EQ(migrate(*database_, known), 2);
  EXPECT_EQ(migrate(*database_, both), 1);
}

TEST_P(MigrationsTest, refuses_the_database_of_a_newer_program_and_changes_nothing) {
  ASSERT_EQ(migrate(*database_, known), 2);
  constexpr std::string_view text = "CREATE TABLE films (id BIGINT PRIMARY KEY)";
  constexpr std::array older = {Migration{"cinema", 1, "films", text, text}, known[0]};
  const auto refused = migrate(*database_, older);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, make_error_code(Errc::conflict));
  EXPECT_NE(refused.error().message.find("library is at version 2"), std::string::npos);
  EXPECT_EQ(count("films"), -1);
}

TEST_P(MigrationsTest, undoes_a_step_that_fails_half_way) {
  constexpr std::string_view broken = "CREATE TABLE films (id BIGINT PRIMARY KEY); CREATE NONSENSE";
  constexpr std::array steps = {known[0], Migration{"library", 2, "broken", broken, broken}};
  EXPECT_FALSE(migrate(*database_, steps));
  EXPECT_EQ(count("films"), -1);
  EXPECT_EQ(migrate(*database_, known), 1);
}

TEST_P(MigrationsTest, lets_instances_that_start_together_share_the_work) {
  constexpr int instances = 4;
  std::array<Result<int>, instances> applied;
  {
    std::vector<std::jthread> threads;
    for (auto& result : applied) {
      threads.emplace_back([this, &result] { result = migrate(*open(), known); });
    }
  }
  int steps = 0;
  for (const auto& result : applied) {
    ASSERT_TRUE(result) << result.error().message;
    steps += *result;
  }
  EXPECT_EQ(steps, 2);
}

}  // namespace
}  // namespace pulso::store

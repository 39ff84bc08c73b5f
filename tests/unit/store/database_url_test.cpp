#include "store/database_url.h"

#include <gtest/gtest.h>

namespace pulso::store {
namespace {

TEST(DatabaseUrlTest, names_a_file_by_three_slashes_and_its_path) {
  const auto relative = DatabaseUrl::parse("sqlite:///pulso.db"), absolute = DatabaseUrl::parse("sqlite:////var/a.db");
  ASSERT_TRUE(relative && absolute);
  EXPECT_EQ(relative->engine, Engine::sqlite);
  EXPECT_EQ(relative->target, "pulso.db");
  EXPECT_EQ(absolute->target, "/var/a.db");
}

TEST(DatabaseUrlTest, hands_the_whole_postgresql_url_to_its_client_library) {
  for (const char* url : {"postgresql://user:secret@host:5432/name", "postgres://host/name"}) {
    const auto parsed = DatabaseUrl::parse(url);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->engine, Engine::postgresql);
    EXPECT_EQ(parsed->target, url);
  }
}

TEST(DatabaseUrlTest, refuses_the_rest_without_repeating_a_password) {
  for (const char* url : {"", "sqlite:///", "sqlite://pulso.db", "mysql://user:secret@host/name", "pulso.db"}) {
    const auto parsed = DatabaseUrl::parse(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().code, make_error_code(Errc::invalid_argument));
    EXPECT_EQ(parsed.error().field, "database.url");
    EXPECT_EQ(parsed.error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace pulso::store

#include "store/database.h"

#include <atomic>
#include <future>
#include <latch>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <soci/soci.h>

#include "support/database_test.h"

namespace pulso::store {
namespace {

namespace asio = boost::asio;

class DatabaseTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (!database_) return;
    run("CREATE TABLE seats (id VARCHAR(20) PRIMARY KEY, price BIGINT NOT NULL, note VARCHAR(20) UNIQUE)");
  }

  Result<void> run(const std::string& statement) {
    return database_->run([&statement](Session& session) -> Result<void> {
      session.sql() << statement;
      return {};
    });
  }

  int count_seats() {
    int rows = -1;
    auto counted = database_->run([&rows](Session& session) -> Result<void> {
      session.sql() << "SELECT count(*) FROM seats", soci::into(rows);
      return {};
    });
    EXPECT_TRUE(counted) << counted.error().message;
    return rows;
  }
};
PULSO_FOR_EACH_ENGINE(DatabaseTest);

TEST_P(DatabaseTest, keeps_what_was_committed_for_the_next_start) {
  const long long price = 9'007'199'254'740'993;
  ASSERT_TRUE(database_->run([price](Session& session) -> Result<void> {
    session.sql() << "INSERT INTO seats (id, price) VALUES ('A1', :price)", soci::use(price);
    return {};
  }));
  database_ = open();
  long long read = 0;
  ASSERT_TRUE(database_->run([&read](Session& session) -> Result<void> {
    session.sql() << "SELECT price FROM seats WHERE id = 'A1'", soci::into(read);
    return {};
  }));
  EXPECT_EQ(read, price);
}

TEST_P(DatabaseTest, rolls_back_work_that_returns_an_error) {
  const auto failed = database_->run([](Session& session) -> Result<void> {
    session.sql() << "INSERT INTO seats (id, price) VALUES ('A1', 1)";
    return fail(Errc::forbidden, "not yours");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, make_error_code(Errc::forbidden));
  EXPECT_EQ(failed.error().message, "not yours");
  EXPECT_EQ(count_seats(), 0);
}

TEST_P(DatabaseTest, rolls_back_work_that_throws) {
  const auto failed = database_->run([](Session& session) -> Result<void> {
    session.sql() << "INSERT INTO seats (id, price) VALUES ('A1', 1)";
    throw std::runtime_error{"a bug"};
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, make_error_code(Errc::internal));
  EXPECT_EQ(count_seats(), 0);
}

TEST_P(DatabaseTest, calls_a_violated_key_or_unique_column_a_conflict) {
  ASSERT_TRUE(run("INSERT INTO seats (id, price, note) VALUES ('A1', 1, 'aisle')"));
  for (const char* statement : {"INSERT INTO seats (id, price) VALUES ('A1', 2)",
                                "INSERT INTO seats (id, price, note) VALUES ('A2', 2, 'aisle')"}) {
    const auto failed = run(statement);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, make_error_code(Errc::conflict)) << statement;
  }
  EXPECT_EQ(count_seats(), 1);
}

TEST_P(DatabaseTest, calls_other_broken_rules_and_wrong_statements_internal) {
  for (const char* statement : {"INSERT INTO seats (id, price) VALUES ('A1', NULL)", "SELECT nonsense FROM nowhere"}) {
    const auto failed = run(statement);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, make_error_code(Errc::internal)) << statement;
  }
  EXPECT_TRUE(database_->is_healthy());
}

TEST_P(DatabaseTest, logs_a_refused_statement_without_its_values) {
  const std::string note = "a secret";
  testing::internal::CaptureStderr();
  EXPECT_FALSE(database_->run([&note](Session& session) -> Result<void> {
    session.sql() << "INSERT INTO seats (id, price, note) VALUES ('A1', NULL, :note)", soci::use(note);
    return {};
  }));
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find("refused a statement"), std::string::npos);
  EXPECT_EQ(line.find(note), std::string::npos) << line;
}

TEST_P(DatabaseTest, both_engines_know_returning_and_on_conflict) {
  const auto insert = [this](long long price) {
    long long kept = -1;
    EXPECT_TRUE(database_->run([&](Session& session) -> Result<void> {
      session.sql() << "INSERT INTO seats (id, price) VALUES ('A1', :price) ON CONFLICT (id) DO UPDATE SET price = "
                       "seats.price RETURNING price",
          soci::use(price), soci::into(kept);
      return {};
    }));
    return kept;
  };
  EXPECT_EQ(insert(1), 1);
  EXPECT_EQ(insert(2), 1);
}

TEST_P(DatabaseTest, work_of_many_threads_and_instances_is_never_lost) {
  constexpr int threads = 4, rounds = 25;
  ASSERT_TRUE(run("INSERT INTO seats (id, price) VALUES ('A1', 0)"));
  const auto other = open();
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&, &database = i % 2 == 0 ? *database_ : *other] {
        for (int round = 0; round < rounds; ++round) {
          const auto added = database.run([](Session& session) -> Result<void> {
            session.sql() << "UPDATE seats SET price = price + 1 WHERE id = 'A1'";
            return {};
          });
          if (!added) ++failures;
        }
      });
    }
  }
  EXPECT_EQ(failures, 0);
  long long price = 0;
  ASSERT_TRUE(database_->run([&price](Session& session) -> Result<void> {
    session.sql() << "SELECT price FROM seats", soci::into(price);
    return {};
  }));
  EXPECT_EQ(price, threads * rounds);
}

TEST_P(DatabaseTest, a_coroutine_goes_on_where_it_was) {
  ASSERT_TRUE(run("INSERT INTO seats (id, price) VALUES ('A1', 7)"));
  asio::io_context loop;
  const auto price_of = [this](std::string seat) -> asio::awaitable<Result<long long>> {
    const auto thread = std::this_thread::get_id();
    auto price = co_await database_->transact<long long>([seat](Session& session) -> Result<long long> {
      long long found = 0;
      session.sql() << "SELECT price FROM seats WHERE id = :id", soci::use(seat), soci::into(found);
      if (!session.sql().got_data()) return fail(Errc::not_found);
      return found;
    });
    EXPECT_EQ(std::this_thread::get_id(), thread);
    co_return price;
  };
  auto known = asio::co_spawn(loop, price_of("A1"), asio::use_future);
  auto unknown = asio::co_spawn(loop, price_of("B9"), asio::use_future);
  loop.run();
  EXPECT_EQ(known.get(), 7);
  EXPECT_EQ(unknown.get().error().code, make_error_code(Errc::not_found));
  database_.reset();  // its threads post to the loop
}

TEST_P(DatabaseTest, commits_with_either_durability) {
  for (const auto durability : {Durability::process_death, Durability::power_loss, Durability::process_death}) {
    std::promise<Result<void>> done;
    database_->post(
        [](Session& session) -> Result<void> {
          session.sql() << "INSERT INTO seats (id, price) SELECT 'S' || count(*), 1 FROM seats";
          return {};
        },
        [&done](Result<void> result) { done.set_value(std::move(result)); }, durability);
    EXPECT_TRUE(done.get_future().get());
  }
  EXPECT_EQ(count_seats(), 3);
}

TEST_P(DatabaseTest, refuses_work_past_the_queue_and_counts_it) {
  options_.connections = 1;
  options_.queue_length_max = 1;
  const auto database = open();
  std::latch began{1}, may_end{1};
  std::promise<Result<void>> first, second;
  database->post(
      [&](Session&) -> Result<void> {
        began.count_down();
        may_end.wait();
        return {};
      },
      [&first](Result<void> result) { first.set_value(std::move(result)); });
  began.wait();
  database->post([](Session&) -> Result<void> { return {}; },
                 [&second](Result<void> result) { second.set_value(std::move(result)); });
  EXPECT_EQ(database->stats().queue_length, 1);

  const auto refused = database->run([](Session&) -> Result<void> { return {}; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, make_error_code(Errc::unavailable));
  EXPECT_EQ(database->stats().refused_count, 1);
  may_end.count_down();
  EXPECT_TRUE(first.get_future().get());
  EXPECT_TRUE(second.get_future().get());
}

TEST_P(DatabaseTest, gives_up_when_another_holds_the_lock_for_too_long) {
  ASSERT_TRUE(run("INSERT INTO seats (id, price) VALUES ('A1', 1)"));
  options_.timeout = milliseconds{30};
  const auto impatient = open();
  const auto held = database_->run([&impatient](Session& session) -> Result<void> {
    session.sql() << "UPDATE seats SET price = 2 WHERE id = 'A1'";
    const auto failed = impatient->run([](Session& other) -> Result<void> {
      other.sql() << "UPDATE seats SET price = 3 WHERE id = 'A1'";
      return {};
    });
    EXPECT_FALSE(failed);
    if (!failed) EXPECT_EQ(failed.error().code, make_error_code(Errc::unavailable));
    return {};
  });
  EXPECT_TRUE(held);
}

TEST_P(DatabaseTest, does_queued_work_before_it_closes) {
  std::atomic<int> done = 0;
  for (int i = 0; i < 20; ++i) {
    database_->post([](Session&) -> Result<void> { return {}; },
                    [&done](const Result<void>& result) {
                      if (result) ++done;
                    });
  }
  database_.reset();
  EXPECT_EQ(done, 20);
}

TEST(SqliteDatabaseTest, refuses_a_file_that_cannot_be_opened) {
  const auto opened = Database::open({.url = "sqlite:////proc/no/such/folder/pulso.db"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, make_error_code(Errc::unavailable));
}

TEST_P(DatabaseTest, does_what_is_queued_before_it_closes_and_nothing_after) {
  std::atomic<int> done = 0;
  for (int i = 0; i < 20; ++i) {
    database_->post([](Session&) -> Result<void> { return {}; },
                    [&done](const Result<void>& result) {
                      if (result) ++done;
                    });
  }
  database_->close();
  EXPECT_EQ(done, 20);
  const auto refused = database_->run([](Session&) -> Result<void> { return {}; });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, make_error_code(Errc::unavailable));
}

TEST(PostgresqlDatabaseTest, fails_while_the_server_is_away_and_works_again_when_it_is_back) {
  if (!support::PostgresServer::is_installed()) GTEST_SKIP() << "PostgreSQL is not installed";
  auto& server = support::PostgresServer::shared();
  auto opened = Database::open({.url = server.create_database(), .connections = 1, .timeout = milliseconds{500}});
  ASSERT_TRUE(opened);
  Database& database = **opened;
  const auto ask = [&database] {
    return database.run([](Session& session) -> Result<void> {
      int one = 0;
      session.sql() << "SELECT 1", soci::into(one);
      return {};
    });
  };
  ASSERT_TRUE(ask());
  server.stop();
  const auto failed = ask();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, make_error_code(Errc::unavailable));
  EXPECT_FALSE(database.is_healthy());
  server.start();
  EXPECT_TRUE(ask());
  EXPECT_TRUE(database.is_healthy());
}

}  // namespace
}  // namespace pulso::store

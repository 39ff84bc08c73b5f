#pragma once
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "store/database.h"
#include "support/postgres.h"
#include "support/temporary_folder.h"

namespace pulso::support {

/// A test that runs once on each engine, on an empty database. Name the suite after what it tests, and close the file
/// with `PULSO_FOR_EACH_ENGINE(TheSuite);`.
class DatabaseTest : public testing::TestWithParam<store::Engine> {
 protected:
  void SetUp() override {
    if (GetParam() == store::Engine::sqlite) {
      options_.url = "sqlite:///" + folder_.file("test.db");
    } else if (PostgresServer::is_installed()) {
      options_.url = PostgresServer::shared().create_database();
    } else {
      GTEST_SKIP() << "PostgreSQL is not installed";
    }
    options_.connections = 2;
    database_ = open();
  }

  /// Another instance on the same database.
  [[nodiscard]] std::unique_ptr<store::Database> open() const {
    auto opened = store::Database::open(options_);
    if (!opened) throw std::runtime_error{opened.error().message};
    return *std::move(opened);
  }

  TemporaryFolder folder_;
  store::DatabaseOptions options_;
  std::unique_ptr<store::Database> database_;
};

inline std::string engine_name(const testing::TestParamInfo<store::Engine>& engine) {
  return engine.param == store::Engine::sqlite ? "sqlite" : "postgresql";
}

}  // namespace pulso::support

#define PULSO_FOR_EACH_ENGINE(Suite)                                                                        \
  INSTANTIATE_TEST_SUITE_P(engines, Suite,                                                                  \
                           testing::Values(pulso::store::Engine::sqlite, pulso::store::Engine::postgresql), \
                           pulso::support::engine_name)

#pragma once
#include <cstdint>

namespace soci {
class session;
}

namespace pulso::store {

enum class Engine : std::uint8_t { sqlite, postgresql };

/// One leased connection inside one transaction, valid while the work that got it runs. Stores include <soci/soci.h>
/// in their sources and speak to `sql()`; headers stay free of it.
class Session {
 public:
  Session(soci::session& sql, Engine engine) noexcept : sql_(sql), engine_(engine) {}
  [[nodiscard]] soci::session& sql() noexcept { return sql_; }
  [[nodiscard]] Engine engine() const noexcept { return engine_; }

 private:
  soci::session& sql_;
  Engine engine_;
};

}  // namespace pulso::store

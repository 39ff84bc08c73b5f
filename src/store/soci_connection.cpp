#include "store/soci_connection.h"

#include <algorithm>
#include <string_view>
#include <thread>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "ops/log.h"

namespace pulso::store {
namespace {

constexpr milliseconds pause_min{2};  ///< before the second attempt, doubled with each further one
constexpr milliseconds pause_max{250};

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  for (const auto prefix : prefixes) {
    if (text.starts_with(prefix)) return true;
  }
  return false;
}

/// The engine's own sentence. What follows it (SOCI's list of bound values, PostgreSQL's failing row) may hold personal
/// data or a credential and stays out of the log.
std::string without_values(const soci::soci_error& error) {
  const std::string text = error.get_error_message();
  return text.substr(0, text.find('\n'));
}

/// A full or broken disk may be mended: nobody's request was wrong.
bool is_disk_trouble(int primary_code) {
  return primary_code == SQLITE_FULL || primary_code == SQLITE_IOERR || primary_code == SQLITE_CANTOPEN ||
         primary_code == SQLITE_READONLY;
}

}  // namespace

SociConnection::SociConnection(const DatabaseUrl& url, milliseconds timeout) : url_(url), timeout_(timeout) {}
SociConnection::~SociConnection() = default;

Result<void> SociConnection::connect() {
  try {
    if (url_.engine == Engine::sqlite) {
      session_ = std::make_unique<soci::session>(
          soci::sqlite3, "db=" + url_.target + " timeout=" + std::to_string(timeout_.count() / 1000 + 1));
      auto& backend = static_cast<soci::sqlite3_session_backend&>(*session_->get_backend());
      sqlite_api::sqlite3_extended_result_codes(backend.conn_, 1);
      *session_ << "PRAGMA busy_timeout=" + std::to_string(timeout_.count());
      *session_ << "PRAGMA journal_mode=WAL";
      *session_ << "PRAGMA synchronous=FULL";
      *session_ << "PRAGMA foreign_keys=ON";
    } else {
      session_ = std::make_unique<soci::session>(soci::postgresql, url_.postgresql_target(timeout_));
      *session_ << "SET lock_timeout=" + std::to_string(timeout_.count());
      *session_ << "SET client_min_messages=warning";
    }
    durability_ = Durability::power_loss;
    return {};
  } catch (const std::exception& error) {
    session_.reset();
    // libpq's texts name host and user, never the password.
    return fail(Errc::unavailable, std::string{"the database cannot be reached: "} + error.what());
  }
}

void SociConnection::set_durability(Durability durability) {
  if (durability_ == durability) return;
  const bool full = durability == Durability::power_loss;
  *session_ << (url_.engine == Engine::sqlite ? (full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL")
                                              : (full ? "SET synchronous_commit=on" : "SET synchronous_commit=off"));
  durability_ = durability;
}

void SociConnection::begin(Durability durability) {
  if (durability == Durability::reads_only) {
    // SQLite's readers see the state at their first statement (WAL).
    *session_ << (url_.engine == Engine::sqlite ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    return;
  }
  set_durability(durability);
  // SQLite: a deferred transaction that reads first cannot always become a writing one.
  *session_ << (url_.engine == Engine::sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
}

void SociConnection::rollback() noexcept {
  if (!session_) return;
  try {
    *session_ << "ROLLBACK";
  } catch (const std::exception&) {
    session_.reset();  // whatever state it is in, a fresh connection has none
  }
}

SociConnection::Attempt SociConnection::classify_exception() {
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& error) {
    const int code = error.result(), primary = code & 0xff;
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
      return {fail(Errc::unavailable, "the database is busy"), true};
    }
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) return {fail(Errc::conflict), false};
    ops::log_error("store", "SQLite refused a statement", {{"error", without_values(error)}, {"code", code}});
    return {fail(is_disk_trouble(primary) ? Errc::unavailable : Errc::internal), false};
  } catch (const soci::postgresql_soci_error& error) {
    const std::string state = error.sqlstate();
    if (state == "23505") return {fail(Errc::conflict), false};
    if (state.starts_with("40")) return {fail(Errc::unavailable, "the database is busy"), true};
    if (state == "55P03") return {fail(Errc::unavailable, "the database is busy"), false};  // it has waited long enough
    const bool is_lost = !session_ || !session_->is_connected() || starts_with_any(state, {"08", "57P", "  "});
    if (is_lost) {
      session_.reset();
      return {fail(Errc::unavailable, "the connection to the database was lost"), true};
    }
    ops::log_error("store", "PostgreSQL refused a statement", {{"error", without_values(error)}, {"sqlstate", state}});
    return {fail(Errc::internal), false};
  } catch (const soci::soci_error& error) {
    ops::log_error("store", "a statement does not fit its values", {{"error", without_values(error)}});
    return {fail(Errc::internal), false};
  } catch (const std::exception& error) {
    ops::log_error("store", "work on the database failed", {{"error", error.what()}});
    return {fail(Errc::internal), false};
  }
}

SociConnection::Attempt SociConnection::attempt(Database::Work& work, Durability durability) {
  if (!session_) {
    if (auto connected = connect(); !connected) return {std::move(connected), true};
  }
  try {
    begin(durability);
    Session session{*session_, url_.engine};
    if (auto result = work(session); !result) {
      rollback();
      return {std::move(result), false};
    }
  } catch (...) {
    Attempt failed = classify_exception();
    rollback();
    return failed;
  }
  try {
    *session_ << "COMMIT";
    return {};
  } catch (...) {
    Attempt failed = classify_exception();
    const bool was_lost = !session_;
    rollback();
    // A commit whose answer was lost may have happened: the caller must look, we must not repeat.
    if (was_lost) failed.may_repeat = false;
    return failed;
  }
}

Result<void> SociConnection::transact(Database::Work& work, Durability durability, SteadyTime deadline) {
  if (std::chrono::steady_clock::now() >= deadline) return fail(Errc::unavailable, "the database is too slow");
  for (milliseconds pause = pause_min;; pause = std::min(pause * 2, pause_max)) {
    Attempt done = attempt(work, durability);
    if (done.result || !done.may_repeat) return std::move(done.result);
    if (std::chrono::steady_clock::now() + pause >= deadline) return std::move(done.result);
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace pulso::store

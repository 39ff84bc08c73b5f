#pragma once
#include <expected>
#include <string>
#include <system_error>
#include <utility>

namespace pulso {

/// Failures that any floor can meet. A feature adds its own enum and category (`features/<name>/<name>_errors.h`).
enum class Errc {
  invalid_argument = 1,  ///< content that breaks a declared shape or bound; `Error::field` names it
  unauthorized,          ///< no credential, or one that does not hold
  forbidden,             ///< a good credential that may not do this
  not_found,
  conflict,   ///< the state has moved on, or something of that name exists
  too_large,  ///< past a named bound
  rate_limited,
  unavailable,  ///< a needed engine (database, Redis) is down or too slow; try again later
  cancelled,    ///< stopping, or the other side has gone
  internal,     ///< a bug or a broken engine; details are in the log, never in an answer
};

[[nodiscard]] const std::error_category& pulso_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), pulso_category()};
}

/// An expected failure: what kind, a sentence for a person, and the field of the input that it is about (or empty).
struct Error {
  std::error_code code;
  std::string message;
  std::string field;

  Error(std::error_code error_code, std::string text = {}, std::string field_name = {})
      : code(error_code), message(std::move(text)), field(std::move(field_name)) {
    if (message.empty()) message = code.message();
  }
  Error(Errc error_code, std::string text = {}, std::string field_name = {})
      : Error(make_error_code(error_code), std::move(text), std::move(field_name)) {}
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(std::error_code code, std::string message = {},
                                                 std::string field = {}) {
  return std::unexpected<Error>{Error{code, std::move(message), std::move(field)}};
}
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string message = {}, std::string field = {}) {
  return fail(make_error_code(code), std::move(message), std::move(field));
}
/// Hands on the failure of another result: `if (!user) return fail(user);`
template <class T>
[[nodiscard]] std::unexpected<Error> fail(Result<T>& failed) {
  return std::unexpected<Error>{std::move(failed.error())};
}

}  // namespace pulso

template <>
struct std::is_error_code_enum<pulso::Errc> : std::true_type {};

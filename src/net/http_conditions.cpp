#include "net/http_conditions.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/encoding.h"

namespace pulso::net {
namespace {

using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes the parts of a date off its text; after the first mismatch `ok` is false and stays so.
struct DateReader {
  std::string_view rest;
  bool ok = true;

  void literal(std::string_view wanted) noexcept {
    ok = ok && rest.starts_with(wanted);
    if (ok) rest.remove_prefix(wanted.size());
  }
  int number(std::size_t digits) noexcept {
    ok = ok && rest.size() >= digits;
    int value = 0;
    for (std::size_t i = 0; ok && i < digits; ++i) {
      ok = rest[i] >= '0' && rest[i] <= '9';
      value = value * 10 + (rest[i] - '0');
    }
    if (ok) rest.remove_prefix(digits);
    return value;
  }
  unsigned month() noexcept {
    const auto found = std::ranges::find(months, rest.substr(0, 3));
    ok = ok && found != months.end();
    if (ok) rest.remove_prefix(3);
    return static_cast<unsigned>(found - months.begin()) + 1;
  }
  std::chrono::seconds time_of_day() noexcept {
    const int hour = number(2);
    literal(":");
    const int minute = number(2);
    literal(":");
    const int second = number(2);
    ok = ok && hour < 24 && minute < 60 && second <= 60;  // 60 is a leap second
    return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  }
};

/// Cuts the weekday off, long or short; whether it is the right one does not matter.
void skip_weekday(DateReader& reader) noexcept {
  for (const std::string_view day : weekdays) {
    if (!reader.rest.starts_with(day.substr(0, 3))) continue;
    reader.rest.remove_prefix(reader.rest.starts_with(day) ? day.size() : 3);
    return;
  }
  reader.ok = false;
}

bool is_weak(std::string_view tag) noexcept {
  return tag.starts_with("W/");
}

bool matches_strongly(std::string_view left, std::string_view right) noexcept {
  return !left.empty() && left == right && !is_weak(left);
}

bool matches_weakly(std::string_view left, std::string_view right) noexcept {
  const auto opaque = [](std::string_view tag) { return is_weak(tag) ? tag.substr(2) : tag; };
  return !left.empty() && opaque(left) == opaque(right);
}

/// Whether a list of entity tags (commas may stand inside their quotes) or `*` has one that `matches` ours.
template <class Matches>
bool list_matches(std::string_view list, std::string_view etag, Matches matches) {
  if (trimmed(list) == "*") return true;
  while (true) {
    list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
    const std::size_t quote = is_weak(list) ? 2 : 0;
    if (quote >= list.size() || list[quote] != '"') return false;
    const auto end = list.find('"', quote + 1);
    if (end == std::string_view::npos) return false;
    if (matches(list.substr(0, end + 1), etag)) return true;
    list.remove_prefix(end + 1);
  }
}

template <class Matches>
bool any_field_matches(const HttpHeaders& headers, std::string_view wanted, std::string_view etag, Matches matches) {
  return std::ranges::any_of(headers, [&](const auto& field) {
    return equals_ignoring_case(field.first, wanted) && list_matches(field.second, etag, matches);
  });
}

}  // namespace

std::string format_http_date(sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     weekdays[std::chrono::weekday{day}.c_encoding()].substr(0, 3), static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<sys_seconds> parse_http_date(std::string_view text) noexcept {
  DateReader reader{trimmed(text)};
  skip_weekday(reader);
  int year = 0, day = 0;
  unsigned month = 0;
  std::chrono::seconds time{};
  if (reader.rest.starts_with(',')) {
    reader.literal(", ");
    day = reader.number(2);
    const std::string_view separator = reader.rest.starts_with('-') ? "-" : " ";
    reader.literal(separator);
    month = reader.month();
    reader.literal(separator);
    if (separator == "-") {  // RFC 850
      year = reader.number(2);
      year += year < 70 ? 2000 : 1900;
    } else {
      year = reader.number(4);
    }
    reader.literal(" ");
    time = reader.time_of_day();
    reader.literal(" GMT");
  } else {  // asctime
    reader.literal(" ");
    month = reader.month();
    reader.literal(" ");
    const bool has_one_digit = reader.rest.starts_with(' ');
    if (has_one_digit) reader.literal(" ");
    day = reader.number(has_one_digit ? 1 : 2);
    reader.literal(" ");
    time = reader.time_of_day();
    reader.literal(" ");
    year = reader.number(4);
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!reader.ok || !reader.rest.empty() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + time;
}

ConditionResult evaluate_conditions(const HttpRequest& request, const Validators& validators) {
  const HttpHeaders& headers = request.headers;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const auto& modified = validators.last_modified;
  if (headers.contains("If-Match")) {
    if (!any_field_matches(headers, "If-Match", validators.etag, matches_strongly)) return ConditionResult::failed;
  } else if (const auto date = parse_http_date(headers.get("If-Unmodified-Since")); date && modified) {
    if (*modified > *date) return ConditionResult::failed;
  }
  if (headers.contains("If-None-Match")) {
    if (any_field_matches(headers, "If-None-Match", validators.etag, matches_weakly)) {
      return reads ? ConditionResult::not_modified : ConditionResult::failed;
    }
  } else if (const auto date = parse_http_date(headers.get("If-Modified-Since")); date && modified && reads) {
    if (*modified <= *date) return ConditionResult::not_modified;
  }
  return ConditionResult::proceed;
}

bool allows_range(const HttpRequest& request, const Validators& validators) {
  if (!request.headers.contains("If-Range")) return true;
  const std::string_view value = trimmed(request.headers.get("If-Range"));
  if (value.ends_with('"')) return matches_strongly(value, validators.etag);
  // A client may send a date only when it knows it for a strong validator (§13.1.5); ours must be the same then.
  const auto date = parse_http_date(value);
  return date && validators.last_modified == date;
}

}  // namespace pulso::net

#pragma once
#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace pulso {

/// An identifier that the compiler keeps apart from every other: `using RoomId = StrongId<struct RoomTag>;`
template <class Tag>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& value() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  friend bool operator==(const StrongId&, const StrongId&) = default;
  friend std::strong_ordering operator<=>(const StrongId&, const StrongId&) = default;

 private:
  std::string value_;
};

/// Longest identifier that a client may choose, in characters.
inline constexpr std::size_t identifier_length_max = 128;

/// Whether `text` may name a client, room or seat: 1–128 characters of letters, digits, `_ - . :`.
[[nodiscard]] bool is_identifier(std::string_view text) noexcept;

using UserId = StrongId<struct UserTag>;
using InstanceId = StrongId<struct InstanceTag>;

}  // namespace pulso

template <class Tag>
struct std::hash<pulso::StrongId<Tag>> {
  std::size_t operator()(const pulso::StrongId<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value()); }
};

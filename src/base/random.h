#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pulso {

/// Fills `out` from the operating system's cryptographic source. Never fails once the system has booted: aborts if it
/// does.
void fill_random(std::span<std::byte> out) noexcept;
/// `byte_count` random bytes in base64url without padding: 16 bytes make 22 characters that nobody guesses.
[[nodiscard]] std::string random_token(std::size_t byte_count = 16);
/// For jitter and sampling only, not for secrets; one generator per thread. In [0, bound), 0 when bound is 0.
[[nodiscard]] std::uint64_t random_below(std::uint64_t bound) noexcept;

}  // namespace pulso

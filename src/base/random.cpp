#include "base/random.h"

#include <cerrno>
#include <cstdlib>
#include <random>
#include <sys/random.h>
#include <vector>

#include "base/encoding.h"

namespace pulso {

void fill_random(std::span<std::byte> out) noexcept {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got > 0) {
      out = out.subspan(static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      std::abort();  // a guessable secret would be worse than no server
    }
  }
}

std::string random_token(std::size_t byte_count) {
  std::vector<std::byte> bytes(byte_count);
  fill_random(bytes);
  return base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::uint64_t random_below(std::uint64_t bound) noexcept {
  if (bound == 0) return 0;
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return engine() % bound;
}

}  // namespace pulso

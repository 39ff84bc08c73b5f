#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

#include <openssl/ssl.h>

namespace pulso::bench {

/// Where the clients connect to. IPv4 loopback only.
struct Target {
  std::uint16_t port = 0;
  bool tls = false;
  /// Clients bind to 127.0.0.2 and on, so many addresses; each has its own range of ephemeral ports.
  unsigned source_addresses = 4;
  /// SO_RCVBUF of the sockets, in bytes; 0 leaves the kernel's automatic size.
  int receive_buffer_bytes = 0;

  std::string host() const;
};

/// What an operation that may not block came to.
enum class Progress { done, want_read, want_write, closed };

/// One non-blocking client connection, plain TCP or TLS (no certificate is checked). Owns its descriptor; movable.
class Stream {
 public:
  /// Starts to connect from the source address that `client` falls on. Throws std::system_error when the machine
  /// refuses a socket, the usual reason being `ulimit -n`.
  Stream(const Target& target, std::size_t client);

  int descriptor() const { return descriptor_.get(); }

  /// Continues TCP's and TLS's handshakes; call it when the socket is ready until it is `done`.
  Progress handshake();
  /// Reads once into `buffer`; `count` is what arrived. TLS may hold more decrypted bytes: read until `want_read`.
  Progress read(std::span<char> buffer, std::size_t& count);
  /// Drops up to `bytes` of what has arrived without copying it here; `count` is how much that was. Plain TCP only.
  Progress discard(std::uint64_t bytes, std::size_t& count);
  /// Writes as much as the socket takes; `count` is how much that was.
  Progress write(std::string_view bytes, std::size_t& count);
  /// Drops the connection with a TCP reset (SO_LINGER 0) and no closing handshake of any layer.
  void reset();

 private:
  class Descriptor {
   public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int get() const { return value_; }

   private:
    int value_;
  };
  struct FreeTls {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };

  static Progress receive(ssize_t result, std::size_t& count);
  Progress tls_progress(int result) const;

  Descriptor descriptor_;
  std::unique_ptr<SSL, FreeTls> tls_;
};

}  // namespace pulso::bench

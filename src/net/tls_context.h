#pragma once
#include <memory>
#include <mutex>
#include <string>

#include <openssl/types.h>

#include "base/result.h"
#include "net/stream.h"

namespace pulso::net {

/// A certificate chain and key in PEM files, for listeners with TLS (1.2 and later, ALPN `h2` and `http/1.1`).
/// Thread-safe.
class TlsContext {
 public:
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> load(std::string certificate_file, std::string key_file,
                                                                bool offers_http2 = true);
  /// Reads the files again; on failure the old pair stays in use. New connections get the new one.
  [[nodiscard]] Result<> reload();
  /// A server's side for one accepted socket, or null when OpenSSL has no memory for it.
  [[nodiscard]] SslPointer create_ssl(int descriptor) const;

 private:
  TlsContext(std::string certificate_file, std::string key_file, bool offers_http2)
      : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)), offers_http2_(offers_http2) {}

  const std::string certificate_file_;
  const std::string key_file_;
  const bool offers_http2_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace pulso::net

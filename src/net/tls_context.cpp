#include "net/tls_context.h"

#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace pulso::net {
namespace {

std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason ? reason : "unknown reason";
}

/// What we speak, the better one first, as the TLS extension lists it (RFC 7301 §3.1).
constexpr std::string_view protocols = "\x02h2\x08http/1.1";
constexpr std::string_view protocols_without_http2 = protocols.substr(3);

/// Takes the first of ours that was offered; without one the connection goes on as HTTP/1.1. `known` is one of the
/// lists above.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void* argument) {
  const auto& known = *static_cast<const std::string_view*>(argument);
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_length, reinterpret_cast<const unsigned char*>(known.data()),
                            static_cast<unsigned>(known.size()), offered, offered_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<SSL_CTX>> create_context(const std::string& certificate_file, const std::string& key_file,
                                                bool offers_http2) {
  std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (!context) return fail(Errc::internal, "OpenSSL gives no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Idle connections give their 34 KB of record buffers back; sessions are resumed by ticket, not from memory.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(context.get(), select_protocol,
                             const_cast<std::string_view*>(offers_http2 ? &protocols : &protocols_without_http2));
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return fail(Errc::invalid_argument,
                "cannot read the certificate chain " + certificate_file + ": " + openssl_error(), "tls_cert");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(Errc::invalid_argument, "cannot read the private key " + key_file + ": " + openssl_error(), "tls_key");
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return fail(Errc::invalid_argument, "the private key does not belong to the certificate: " + openssl_error(),
                "tls_key");
  }
  return context;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::load(std::string certificate_file, std::string key_file,
                                                     bool offers_http2) {
  std::shared_ptr<TlsContext> context{new TlsContext{std::move(certificate_file), std::move(key_file), offers_http2}};
  if (auto loaded = context->reload(); !loaded) return fail(loaded);
  return context;
}

Result<> TlsContext::reload() {
  auto fresh = create_context(certificate_file_, key_file_, offers_http2_);
  if (!fresh) return fail(fresh);
  const std::lock_guard lock{mutex_};
  context_ = *std::move(fresh);
  return {};
}

SslPointer TlsContext::create_ssl(int descriptor) const {
  std::shared_ptr<SSL_CTX> context;
  {
    const std::lock_guard lock{mutex_};
    context = context_;
  }
  SslPointer ssl{SSL_new(context.get())};
  if (ssl && SSL_set_fd(ssl.get(), descriptor) != 1) ssl.reset();
  return ssl;
}

}  // namespace pulso::net

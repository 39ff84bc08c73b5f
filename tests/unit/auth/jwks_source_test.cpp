#include "auth/jwks_source.h"

#include <cstdlib>
#include <fstream>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include "support/temporary_folder.h"
#include "support/token_forge.h"

namespace pulso::auth {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Gives one connection one answer.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer, asio::ssl::context* tls = nullptr)
      : acceptor_(loop_, {asio::ip::make_address("127.0.0.1"), 0}), thread_([this, answer = std::move(answer), tls] {
          boost::system::error_code error;
          tcp::socket socket = acceptor_.accept(error);
          if (error) return;
          if (!tls) return serve(socket, answer);
          asio::ssl::stream<tcp::socket&> stream{socket, *tls};
          stream.handshake(asio::ssl::stream_base::server, error);
          if (!error) serve(stream, answer);
        }) {}
  ~OneAnswer() { thread_.join(); }

  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const {
    return "://" + host + ":" + std::to_string(acceptor_.local_endpoint().port()) + "/keys?a=b";
  }
  [[nodiscard]] const std::string& request() const { return request_; }

 private:
  template <class Stream>
  void serve(Stream& stream, const std::string& answer) {
    boost::system::error_code error;
    asio::read_until(stream, asio::dynamic_buffer(request_), "\r\n\r\n", error);
    asio::write(stream, asio::buffer(answer), error);
  }

  asio::io_context loop_;
  tcp::acceptor acceptor_;
  std::string request_;
  std::thread thread_;
};

Result<std::string> read(const std::string& url, milliseconds timeout = milliseconds{10'000}) {
  auto source = create_url_jwks_source(url, timeout);
  if (!source) return fail(source);
  EXPECT_TRUE((*source)->is_remote());
  return (*source)->read();
}

TEST(UrlJwksSource, gives_the_body_of_the_answer) {
  OneAnswer server{"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}"};
  EXPECT_EQ(read("http" + server.url()), "{\"keys\":[]}");
  EXPECT_TRUE(server.request().starts_with("GET /keys?a=b HTTP/1.1\r\nHost: 127.0.0.1:"));
}

TEST(UrlJwksSource, refuses_other_answers) {
  for (const char* answer : {"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
                             "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "SSH-2.0-OpenSSH\r\n", ""}) {
    OneAnswer server{answer};
    const auto text = read("http" + server.url());
    ASSERT_FALSE(text) << answer;
    EXPECT_EQ(text.error().code, make_error_code(Errc::unavailable)) << answer;
  }
}

TEST(UrlJwksSource, gives_up_on_a_server_that_says_nothing) {
  asio::io_context loop;
  const tcp::acceptor silent{loop, {asio::ip::make_address("127.0.0.1"), 0}};
  const auto text = read("http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/", milliseconds{50});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, make_error_code(Errc::unavailable));
}

TEST(UrlJwksSource, takes_http_and_https_only) {
  for (const char* url : {"", "keys.json", "ftp://host/keys", "file:///etc/keys", "https://", "https:///keys",
                          "https://user:secret@host/keys", "http//host"}) {
    const auto source = create_url_jwks_source(url);
    ASSERT_FALSE(source) << url;
    EXPECT_EQ(source.error().code, make_error_code(Errc::invalid_argument)) << url;
  }
}

/// A server certificate for `localhost` that nobody vouches for but itself.
class TlsJwksSource : public testing::Test {
 protected:
  TlsJwksSource() {
    const auto key = support::generate_key_pair("EC");
    const std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(certificate.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::string text = support::pem_text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
    std::ofstream{certificate_file_} << text;
    tls_.use_certificate(asio::buffer(text), asio::ssl::context::pem);
    tls_.use_private_key(asio::buffer(support::private_pem(key.get())), asio::ssl::context::pem);
  }
  ~TlsJwksSource() override { ::unsetenv("SSL_CERT_FILE"); }

  void trust_the_certificate() const { ::setenv("SSL_CERT_FILE", certificate_file_.c_str(), 1); }

  support::TemporaryFolder folder_;
  const std::string certificate_file_ = folder_.file("server.pem");
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  const std::string answer_ = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
};

TEST_F(TlsJwksSource, reads_from_a_server_that_an_authority_vouches_for) {
  trust_the_certificate();
  OneAnswer server{answer_, &tls_};
  const auto text = read("https" + server.url("localhost"));
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "{}");
}

TEST_F(TlsJwksSource, refuses_a_server_of_another_name) {
  trust_the_certificate();
  OneAnswer server{answer_, &tls_};
  EXPECT_FALSE(read("https" + server.url("127.0.0.1")));
}

TEST_F(TlsJwksSource, refuses_a_server_that_nobody_vouches_for) {
  OneAnswer server{answer_, &tls_};
  EXPECT_FALSE(read("https" + server.url("localhost")));
}

TEST(FileJwksSource, gives_the_text_within_its_bound) {
  const support::TemporaryFolder folder;
  const auto source = create_file_jwks_source(folder.file("jwks.json"));
  EXPECT_FALSE(source->is_remote());
  EXPECT_FALSE(source->read());
  std::ofstream{source->name()} << std::string(jwks_bytes_max, ' ');
  EXPECT_EQ(source->read()->size(), jwks_bytes_max);
  std::ofstream{source->name()} << std::string(jwks_bytes_max + 1, ' ');
  EXPECT_EQ(source->read().error().code, make_error_code(Errc::too_large));
}

}  // namespace
}  // namespace pulso::auth

#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "net/connection_list.h"
#include "net/http_message.h"
#include "net/http_parser.h"
#include "net/http_service.h"
#include "net/stream.h"
#include "net/timing_wheel.h"

namespace pulso::net {

class Shard;

/// One HTTP/1.1 connection from accept to its end, or to a WebSocket or an event stream, which takes the socket over
/// and frees all this. Requests are answered one after another (pipelined ones wait in the socket); each phase has its
/// timeout.
class HttpConnection final : public std::enable_shared_from_this<HttpConnection>,
                             private ConnectionNode,
                             private TimerNode,
                             private PeerWatch {
 public:
  HttpConnection(HttpService& service, Shard& shard, Stream stream, ConnectionLimits::Ticket ticket);
  ~HttpConnection() override;
  /// Serves until the connection ends. The operation holds the connection.
  void start();

 private:
  static constexpr milliseconds linger_timeout{2'000};  ///< for a peer to take our last answer
  enum class Next : std::uint8_t { keep_alive, close, handed_over };

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<bool> handshake();
  /// True when a whole head (and, `whole`, the body too) is there.
  boost::asio::awaitable<bool> read_until(HttpParser& parser, HttpParser::State wanted);
  boost::asio::awaitable<bool> read_more();
  boost::asio::awaitable<Next> answer(HttpParser& parser);
  boost::asio::awaitable<HttpResponse> respond(HttpParser& parser, const Router::Match& match,
                                               const ConnectionLimits::Ticket& place);
  boost::asio::awaitable<Next> upgrade(HttpRequest& request, const WebSocketRoute& route,
                                       std::optional<ConnectionLimits::Ticket> client);
  void become_websocket(const WebSocketRoute& route, const std::optional<DeflateAgreement>& deflate,
                        std::unique_ptr<WebSocketListener> listener);
  boost::asio::awaitable<Next> become_event_stream(const HttpRequest& request, HttpResponse response);
  boost::asio::awaitable<bool> write_response(const HttpRequest& request, HttpResponse response, bool keep_alive);
  boost::asio::awaitable<bool> write_all(std::string_view first, std::string_view second = {},
                                         bool more_follows = false);
  boost::asio::awaitable<bool> write_file(FileBody file);
  boost::asio::awaitable<bool> write_pieces(const HttpRequest& request, HttpResponse& response);
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<bool> wait(Stream::WaitType type);

  /// Asks the kernel only where it changes: a listener asks for one range of a file after the other.
  void bound_unsent(bool is_bounded);
  void arm(milliseconds delay);
  void on_timer() override;
  void drain() override;
  void abort() override;
  void on_peer_gone(std::function<void()> gone) override;
  void watch_peer();

  HttpService& service_;
  Shard& shard_;
  Stream stream_;
  ConnectionLimits::Ticket ticket_;
  std::string pending_;              ///< received and not yet parsed
  std::function<void()> peer_gone_;  ///< while a handler wants to know
  bool is_unsent_bounded_ = true;    ///< as accepted connections are
  bool is_idle_ = true;              ///< between requests
  bool is_timed_out_ = false;
  bool is_ending_ = false;
};

}  // namespace pulso::net

#pragma once
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "auth/audit_log.h"
#include "features/seats/long_polls.h"
#include "features/seats/seats_socket.h"
#include "net/http_router.h"

namespace pulso::seats {

/// The routes of the feature: the WebSocket's handshake, rooms, the long-poll fallback, and what a ticket shop calls.
class SeatsHttp {
 public:
  /// `audit` may be null.
  SeatsHttp(SocketContext& context, LongPolls& polls, auth::AuditLog* audit,
            std::shared_ptr<const net::WebSocketOptions> websocket);

  void add_routes(net::Router& router);

 private:
  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Handler = boost::asio::awaitable<Response> (SeatsHttp::*)(Request&);
  template <class T>
  using Step = std::expected<T, Response>;  ///< a value, or the refusal to answer with

  void add(net::Router& router, std::string method, std::string pattern, Handler handler, std::size_t body_bytes_max);

  [[nodiscard]] boost::asio::awaitable<std::expected<std::unique_ptr<net::WebSocketListener>, Response>> open_socket(
      Request& request);
  boost::asio::awaitable<Response> get_rooms(Request& request);
  boost::asio::awaitable<Response> get_room(Request& request);
  boost::asio::awaitable<Response> put_room(Request& request);
  boost::asio::awaitable<Response> get_selections(Request& request);
  boost::asio::awaitable<Response> select_seat(Request& request);
  boost::asio::awaitable<Response> release_seat(Request& request);
  boost::asio::awaitable<Response> renew_seat(Request& request);
  boost::asio::awaitable<Response> confirm(Request& request);
  boost::asio::awaitable<Response> unsell(Request& request);

  /// Who asks: by credential, or anonymous where that is allowed.
  [[nodiscard]] boost::asio::awaitable<Step<auth::PrincipalRef>> authenticate(Request& request);
  /// The same, of whom a scope is asked.
  [[nodiscard]] boost::asio::awaitable<Step<auth::PrincipalRef>> authorize(Request& request, std::string_view scope);
  /// Room and client of a request on `/room/{room_id}/…`.
  struct Visit {
    RoomRef room;
    ClientRef client;
  };
  [[nodiscard]] boost::asio::awaitable<Step<Visit>> visit(Request& request, std::string client_id);
  [[nodiscard]] boost::asio::awaitable<Step<RoomSnapshotRef>> wait_for_change(Request& request, const Visit& visit,
                                                                              milliseconds wait, std::uint64_t version);
  [[nodiscard]] Response refusal(const Refusal& refusal, const Request& request);
  [[nodiscard]] Response changed(const Visit& visit, const SeatChange& change) const;

  SocketContext& context_;
  LongPolls& polls_;
  auth::AuditLog* audit_;
  std::shared_ptr<const net::WebSocketOptions> websocket_;
};

}  // namespace pulso::seats

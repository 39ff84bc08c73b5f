#pragma once
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "features/events/account_access.h"
#include "features/events/account_feeds.h"
#include "features/events/account_stream.h"
#include "features/events/events_errors.h"
#include "features/events/events_metrics.h"
#include "features/events/events_store.h"
#include "features/events/stream_counts.h"
#include "net/http_router.h"

namespace pulso::events {

/// `/events/…`: who asks, what for, and what is answered.
class EventsHttp {
 public:
  struct Dependencies {
    const Clock& clock;
    AccountAccess& access;
    EventsStore& store;
    AccountFeeds& feeds;
    StreamContext& streams;
    StreamCounts& counts;
    std::shared_ptr<const net::EventStreamOptions> stream_options;
    EventsMetrics& metrics;
  };

  explicit EventsHttp(Dependencies dependencies) : d_(std::move(dependencies)) {}
  void add_routes(net::Router& router);

 private:
  using Request = net::HttpRequest;
  using Response = net::HttpResponse;
  using Handler = boost::asio::awaitable<Response> (EventsHttp::*)(Request&);

  void add(net::Router& router, std::string method, std::string pattern, Handler handler,
           std::size_t body_bytes_max = 0);
  /// Where the stream begins.
  boost::asio::awaitable<Outcome<>> locate(StreamStart& start, std::string last_event_id);

  boost::asio::awaitable<Response> get_stream(Request& request);
  boost::asio::awaitable<Response> post_publish(Request& request);
  boost::asio::awaitable<Response> get_stats(Request& request);

  Dependencies d_;
};

}  // namespace pulso::events

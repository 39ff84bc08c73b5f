#include "net/http2_exchange.h"

#include <charconv>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "base/encoding.h"
#include "net/file_descriptor.h"
#include "net/http_dispatch.h"
#include "net/http_origin.h"
#include "net/http_request_context.h"
#include "net/http_response_head.h"
#include "net/shard.h"
#include "ops/log.h"

namespace pulso::net {
namespace {

using HeadStatus = Http2Session::HeadStatus;

/// So much of a body comes without asking; of longer ones a connection reads one at a time.
constexpr std::size_t short_body_bytes_max = Http2Session::window_bytes;

std::uint64_t declared_length(const HttpRequest& request) {
  const std::string_view text = request.headers.get("Content-Length");
  std::uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

HttpResponse body_too_large() {
  return HttpResponse::refusal(413, "body_too_large", "The request's body is larger than allowed.");
}

}  // namespace

Http2Exchange::Http2Exchange(Http2ExchangeHost& host, StreamId stream, HttpRequest request)
    : host_(&host),
      shard_(host.shard()),
      service_(host.service()),
      stream_(stream),
      request_(std::move(request)),
      started_(shard_.now()) {}

Http2Exchange::~Http2Exchange() = default;

void Http2Exchange::start(HeadStatus status, bool has_body) {
  is_body_coming_ = has_body;
  service_.requests.add();
  request_.shard = &shard_;
  request_.peer = this;
  request_.secure = true;
  request_.remote_address = host_->ticket().address();
  complete_request(request_, service_.options);
  if (status != HeadStatus::good) return refuse_head(status);
  const std::string_view expected = request_.headers.get("Expect");
  const bool is_body_asked_for = equals_ignoring_case(expected, "100-continue");
  if (!expected.empty() && !is_body_asked_for) {
    service_.bad_requests.add();
    return answer_early(HttpResponse::refusal(417, "bad_expectation", "Only 100-continue can be expected here."));
  }
  Router::Match match = service_.router.match(request_.method, request_.path);
  request_.parameters = std::move(match.parameters);
  client_ = take_client_place(service_, request_, host_->ticket());
  const ConnectionLimits::Ticket& place = client_ ? *client_ : host_->ticket();
  if (auto response = answer_without_handler(service_, request_, match, place, shard_.now())) {
    return answer_early(*std::move(response));
  }
  route_ = match.route;
  if (route_ && route_->body_observer) {
    if (auto refusal = route_->body_observer->on_head(request_)) {
      route_ = nullptr;
      return answer_early(*std::move(refusal));
    }
  }
  body_bytes_max_ = route_ ? route_->body_bytes_max : 0;
  if (!has_body) return run_handler();
  if (declared_length(request_) > body_bytes_max_) {
    if (route_ && route_->body_observer) route_->body_observer->on_body_lost(request_);
    return answer_early(body_too_large());
  }
  if (is_body_asked_for) host_->session().ask_for_body(stream_);
  shard_.wheel().arm(*this, service_.options.body_timeout);
}

void Http2Exchange::refuse_head(HeadStatus status) {
  service_.bad_requests.add();
  switch (status) {
    case HeadStatus::too_large:
      return answer_early(
          HttpResponse::refusal(431, "headers_too_large", "The request's header fields are larger than allowed."));
    case HeadStatus::bad_host:
      return answer_early(HttpResponse::refusal(400, "bad_host", "A request has exactly one Host."));
    default:
      return answer_early(
          HttpResponse::refusal(400, "bad_target", "The request target is not one that this server understands."));
  }
}

void Http2Exchange::take_body(std::string_view bytes) {
  if (is_answered_) return host_->session().consume(stream_, bytes.size());  // on its way when it was refused
  if (request_.body.size() + bytes.size() > body_bytes_max_) {
    if (route_ && route_->body_observer) route_->body_observer->on_body_lost(request_);
    return answer_early(body_too_large());
  }
  request_.body += bytes;
  unconsumed_bytes_ += bytes.size();
  go_on_with_body();
}

void Http2Exchange::go_on_with_body() {
  // What the first window brings is held for any number of streams; only one at a time may go past it.
  if (!is_body_coming_ || is_answered_ || request_.body.size() < short_body_bytes_max) return;
  const bool is_in_line = unconsumed_bytes_ >= short_body_bytes_max;  // the peer could send no more
  if (!host_->take_long_body(stream_)) return shard_.wheel().cancel(*this);
  if (is_in_line) shard_.wheel().arm(*this, service_.options.body_timeout);
  host_->session().consume(stream_, std::exchange(unconsumed_bytes_, 0));
  host_->flush_later();
}

void Http2Exchange::end_body() {
  is_body_coming_ = false;
  if (is_answered_) return;
  shard_.wheel().cancel(*this);
  run_handler();
}

void Http2Exchange::run_handler() {
  boost::asio::co_spawn(
      shard_.context(), [self = shared_from_this()]() -> boost::asio::awaitable<void> { return self->handle(); },
      [](const std::exception_ptr& failure) {
        try {
          if (failure) std::rethrow_exception(failure);
        } catch (const std::exception& error) {
          ops::log_error("net", "an HTTP/2 exchange ended by an exception", {{"error", error.what()}});
        }
      });
}

boost::asio::awaitable<void> Http2Exchange::handle() {
  HttpResponse response = co_await call_handler(route_ ? route_->handler : service_.router.fallback(), request_);
  peer_gone_ = nullptr;
  if (host_) co_return answer(std::move(response));
  if (response.file) const FileDescriptor dropped{response.file->descriptor};
}

void Http2Exchange::answer_early(HttpResponse response) {
  shard_.wheel().cancel(*this);
  answer(std::move(response));
}

void Http2Exchange::observe_seconds() {
  service_.request_seconds.observe(std::chrono::duration<double>(shard_.now() - started_).count());
}

void Http2Exchange::on_peer_gone(std::function<void()> gone) {
  if (!host_) return shard_.post(std::move(gone));
  peer_gone_ = std::move(gone);
}

void Http2Exchange::answer(HttpResponse response) {
  is_answered_ = true;
  host_->give_up_long_body(stream_);
  add_cors_fields(request_, service_.options, response.headers);
  const bool has_events = response.events && request_.method != "HEAD";
  const ContentCoding coding = response.events ? prepare_event_stream(request_, response) : ContentCoding::identity;
  Http2Session::Fields fields;
  each_response_field(request_, response,
                      [&fields](std::string_view name, std::string_view value) { fields.emplace_back(name, value); });
  const int status = response.status;
  if (has_events) {
    auto events = std::make_shared<Http2EventStream>(static_cast<Http2EventStreamHost&>(*this),
                                                     *std::move(response.events), coding);
    events_ = events.get();
    body_ = std::move(events);
  } else {
    body_ =
        create_http2_body(std::move(response), request_, shard_.context().get_executor(), [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->resume();
        });
  }
  host_->session().respond(stream_, status, fields, body_ != nullptr,
                           events_ ? Http2Session::Urgency::high : Http2Session::Urgency::usual);
  if (!body_ && is_body_coming_) host_->session().reset(stream_, Http2Error::no_error);
  host_->flush_later();
  if (!events_) {
    if (body_) shard_.wheel().arm(*this, service_.options.write_timeout);
    return;
  }
  observe_seconds();
  // From the loop: what a listener does at once may end the stream, below callers that still use it.
  shard_.post([self = shared_from_this()] {
    if (!self->host_) return;
    self->events_->open();
    if (self->service_.is_draining) self->events_->drain();
  });
}

Http2Session::Chunk Http2Exchange::read(std::span<char> out) {
  using Next = Http2Session::Chunk::Next;
  const Http2Session::Chunk chunk = body_->read(out);
  if (!events_) shard_.wheel().arm(*this, service_.options.write_timeout);
  if (chunk.next == Next::later) shard_.wheel().cancel(*this);  // making a piece may take long
  if (chunk.next == Next::end && is_body_coming_) host_->session().reset(stream_, Http2Error::no_error);
  return chunk;
}

void Http2Exchange::resume() {
  if (!host_) return;
  if (!events_) shard_.wheel().arm(*this, service_.options.write_timeout);
  host_->session().resume(stream_);
  host_->flush_later();
}

void Http2Exchange::tell_written_later() {
  if (host_) host_->tell_written_later(stream_);
}

void Http2Exchange::tell_written() {
  if (events_) events_->tell_written();
}

void Http2Exchange::cut_events() {
  if (!host_) return;
  host_->session().reset(stream_, Http2Error::cancel);
  host_->flush_later();
}

void Http2Exchange::drain() {
  if (events_) events_->drain();
}

void Http2Exchange::on_timer() {
  if (!host_) return;
  if (is_answered_ && host_->session().may_send(stream_)) {  // others had their turns meanwhile
    return shard_.wheel().arm(*this, service_.options.write_timeout);
  }
  service_.timeouts.add();
  if (is_answered_) {  // the peer takes nothing of it
    host_->session().reset(stream_, Http2Error::cancel);
    return host_->flush_later();
  }
  if (route_ && route_->body_observer) route_->body_observer->on_body_lost(request_);
  answer_early(HttpResponse::refusal(408, "request_timeout", "The request's body took too long to arrive."));
}

void Http2Exchange::close() {
  if (!std::exchange(host_, nullptr)) return;
  shard_.wheel().cancel(*this);
  if (is_answered_ && !events_) observe_seconds();
  if (is_body_coming_ && !is_answered_ && route_ && route_->body_observer) {
    route_->body_observer->on_body_lost(request_);
  }
  if (body_) body_->close();
  events_ = nullptr;
  body_.reset();
  if (peer_gone_) std::exchange(peer_gone_, nullptr)();
}

}  // namespace pulso::net

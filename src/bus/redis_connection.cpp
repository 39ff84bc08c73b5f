#include "bus/redis_connection.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace pulso::bus {
namespace {

constexpr auto use_result = boost::asio::as_tuple(boost::asio::use_awaitable);

Error away(const RedisEndpoint& endpoint, std::string_view what) {
  return {Errc::unavailable, fmt::format("Redis at {}: {}", to_string(endpoint), what)};
}

std::string ping_command() {
  std::string wire;
  append_command(wire, std::array<std::string_view, 1>{"PING"});
  return wire;
}

}  // namespace

RedisConnection::RedisConnection(boost::asio::io_context& context, RedisEndpoint endpoint, RedisLogin login,
                                 Events events)
    : context_(context),
      endpoint_(std::move(endpoint)),
      login_(std::move(login)),
      events_(std::move(events)),
      resolver_(context),
      socket_(context),
      timer_(context),
      pipeline_([this](RedisReply reply) { events_.on_push(std::move(reply)); }) {}

void RedisConnection::start() {
  connect_deadline_ = std::chrono::steady_clock::now() + login_.timeout;
  last_received_ = connect_deadline_;
  log_in();
  schedule_timer();
  boost::asio::co_spawn(context_, [self = shared_from_this()] { return self->run(); }, boost::asio::detached);
}

boost::asio::awaitable<void> RedisConnection::run() {
  // The spawned lambda, which keeps this object alive, lives as long as the coroutine.
  if (auto connected = co_await connect(); !connected) {
    close(connected.error());
    co_return;
  }
  write(std::exchange(log_in_bytes_, {}));
  while (state_ != State::closed) {
    const auto [error, size] = co_await socket_.async_read_some(boost::asio::buffer(buffer_), use_result);
    if (error) {
      close(away(endpoint_, error.message()));
      co_return;
    }
    last_received_ = std::chrono::steady_clock::now();
    has_pinged_ = false;
    if (auto fed = pipeline_.feed({buffer_.data(), size}); !fed) {
      close(away(endpoint_, fed.error().message));
      co_return;
    }
  }
}

boost::asio::awaitable<Result<void>> RedisConnection::connect() {
  const auto [unresolved, addresses] =
      co_await resolver_.async_resolve(endpoint_.host, std::to_string(endpoint_.port), use_result);
  if (state_ == State::closed) co_return fail(Errc::cancelled);
  if (unresolved) co_return std::unexpected{away(endpoint_, unresolved.message())};
  const auto [refused, address] = co_await boost::asio::async_connect(socket_, addresses, use_result);
  if (state_ == State::closed) co_return fail(Errc::cancelled);
  if (refused) co_return std::unexpected{away(endpoint_, refused.message())};
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  co_return Result<void>{};
}

/// The log-in stands first in the pipeline and is taken out of it at once; whatever is pushed later waits in it until
/// the last answer, so that no command runs without its user or in the wrong database.
void RedisConnection::log_in() {
  const auto is_accepted = [](const RedisReply& reply) { return !reply.is_error(); };
  if (!login_.password.empty()) {
    std::vector<std::string_view> auth{"AUTH"};
    if (!login_.user.empty()) auth.push_back(login_.user);
    auth.push_back(login_.password);
    require(auth, is_accepted);
  }
  if (login_.database != 0) {
    const std::string database = std::to_string(login_.database);
    require(std::array<std::string_view, 2>{"SELECT", database}, is_accepted);
  }
  if (login_.must_be_master) {
    require(std::array<std::string_view, 1>{"ROLE"},
            [](const RedisReply& role) { return role[0].string() == "master"; });
  }
  // PING fails while the server still reads its data, unlike the others.
  require(std::array<std::string_view, 1>{"PING"}, [this](const RedisReply& reply) {
    if (reply.is_error()) return false;
    state_ = State::ready;
    return true;
  });
  log_in_bytes_ = pipeline_.take_outgoing();
}

void RedisConnection::require(std::span<const std::string_view> command,
                              std::function<bool(const RedisReply&)> accepts) {
  std::string wire;
  append_command(wire, command);
  // Nothing is told of the command itself: it may carry the password.
  pipeline_.push(wire, SteadyTime::max(), [this, accepts = std::move(accepts)](Result<RedisReply> reply) {
    if (!reply) return;
    if (!accepts(*reply)) {
      close(away(endpoint_, reply->is_error() ? reply->error() : "is no master"));
    } else if (is_ready()) {
      events_.on_ready();
      schedule_flush();
    }
  });
}

void RedisConnection::send(std::string_view wire, SteadyTime deadline, RedisHandler done) {
  pipeline_.push(wire, deadline, std::move(done));
  schedule_flush();
  schedule_timer();
}

void RedisConnection::send_unanswered(std::string_view wire) {
  is_subscriber_ = true;
  pipeline_.push_unanswered(wire);
  schedule_flush();
}

void RedisConnection::schedule_flush() {
  if (!is_ready() || is_writing_ || is_flush_scheduled_ || !pipeline_.has_outgoing()) return;
  is_flush_scheduled_ = true;
  boost::asio::post(context_, [self = shared_from_this()] {
    self->is_flush_scheduled_ = false;
    self->flush();
  });
}

void RedisConnection::flush() {
  if (!is_ready() || is_writing_ || !pipeline_.has_outgoing()) return;
  write(pipeline_.take_outgoing());
}

void RedisConnection::write(std::string bytes) {
  is_writing_ = true;
  writing_ = std::move(bytes);
  boost::asio::async_write(socket_, boost::asio::buffer(writing_),
                           [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                             self->is_writing_ = false;
                             if (error) {
                               self->close(away(self->endpoint_, error.message()));
                             } else {
                               self->flush();
                             }
                           });
}

SteadyTime RedisConnection::next_check() const noexcept {
  if (state_ == State::connecting) return connect_deadline_;
  return last_received_ + (has_pinged_ || pipeline_.is_waiting() ? silence_max : ping_after);
}

void RedisConnection::schedule_timer() {
  if (state_ == State::closed) return;
  const SteadyTime due = std::min(pipeline_.next_deadline(), next_check());
  if (due >= timer_due_) return;
  timer_due_ = due;
  timer_.expires_at(due);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->state_ == State::closed) return;
    self->timer_due_ = SteadyTime::max();
    self->on_timer();
    self->schedule_timer();
  });
}

void RedisConnection::on_timer() {
  const SteadyTime now = std::chrono::steady_clock::now();
  pipeline_.expire(now);
  if (state_ == State::closed || next_check() > now) return;
  if (state_ == State::connecting || has_pinged_ || pipeline_.is_waiting()) {
    close(away(endpoint_, "does not answer"));
    return;
  }
  has_pinged_ = true;
  static const std::string ping = ping_command();
  if (is_subscriber_) {
    send_unanswered(ping);
  } else {
    send(ping, SteadyTime::max(), [](const Result<RedisReply>&) {});
  }
}

void RedisConnection::close(const Error& reason) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  const auto self = shared_from_this();
  boost::system::error_code ignored;
  resolver_.cancel();
  socket_.close(ignored);
  timer_.cancel();
  pipeline_.fail_all(reason);
  events_.on_closed(reason);
}

}  // namespace pulso::bus

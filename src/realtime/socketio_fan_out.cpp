#include "realtime/socketio_fan_out.h"

#include <algorithm>
#include <optional>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "ops/log.h"

namespace pulso::realtime {
namespace {

constexpr std::string_view prefix = "sio:";
constexpr SteadyTime at_once = SteadyTime::min();

/// The namespace of a channel: its hash tag.
std::string name_space_of(std::string_view channel) {
  const std::size_t begin = prefix.size() + 1;
  return std::string{channel.substr(begin, channel.find('}', begin) - begin)};
}

}  // namespace

/// A question to the members on all instances.
struct SocketioFanOut::Question {
  Gathered done;
  boost::asio::steady_timer timer;
  std::optional<std::size_t> expected;  ///< replies; not known before Redis has said how many it was handed to
  std::size_t replies = 0;
  bool is_complete = true;
  std::vector<SocketioArguments> answers;
};

SocketioFanOut::SocketioFanOut(bus::Bus& bus, SocketioSharedState& state, InstanceId instance, net::Shard& timers,
                               Deliver deliver)
    : bus_(bus), state_(state), instance_(std::move(instance)), timers_(timers), deliver_(std::move(deliver)) {}

SocketioFanOut::~SocketioFanOut() = default;

// All of a namespace are of one slot, as its log is: a script writes one and reaches the other.
std::string SocketioFanOut::channel(const std::string& name_space) {
  return fmt::format("{}{{{}}}", prefix, name_space);
}

std::string SocketioFanOut::channel(const std::string& name_space, const std::string& room) {
  return fmt::format("{}{{{}}}:{}", prefix, name_space, room);
}

std::string SocketioFanOut::answers_channel(std::string_view instance) {
  return fmt::format("{}answers:{}", prefix, instance);
}

std::vector<std::string> SocketioFanOut::channels_of(const std::string& name_space, const SocketioTarget& target) {
  if (target.rooms.empty() || target.names_sockets) return {channel(name_space)};
  std::vector<std::string> channels;
  channels.reserve(target.rooms.size());
  for (const std::string& room : target.rooms) channels.push_back(channel(name_space, room));
  return channels;
}

void SocketioFanOut::start() {
  bus_.subscribe(answers_channel(instance_.value()));
}

void SocketioFanOut::subscribe(std::string channel) {
  {
    const std::lock_guard lock{mutex_};
    unheard_.insert(channel);
  }
  bus_.subscribe(std::move(channel));
}

void SocketioFanOut::close(const std::string& name_space, const std::string& room) {
  const std::string name = channel(name_space, room);
  bus_.unsubscribe(name);
  heard(name);
}

bool SocketioFanOut::heard(const std::string& channel) {
  std::vector<Waiter> done;
  {
    const std::lock_guard lock{mutex_};
    if (unheard_.erase(channel) == 0) return false;
    for (Waiter& waiter : waiters_) waiter.channels.erase(channel);
    const auto rest = std::ranges::partition(waiters_, [](const Waiter& waiter) { return !waiter.channels.empty(); });
    std::ranges::move(rest, std::back_inserter(done));
    waiters_.erase(rest.begin(), rest.end());
  }
  for (Waiter& waiter : done) waiter.done();
  return true;
}

std::unordered_set<std::string> SocketioFanOut::unheard_of(const std::string& name_space,
                                                           std::span<const std::string> rooms) const {
  std::unordered_set<std::string> unheard;
  if (unheard_.empty()) return unheard;
  const auto add = [this, &unheard](std::string name) {
    if (unheard_.contains(name)) unheard.insert(std::move(name));
  };
  add(channel(name_space));
  for (const std::string& room : rooms) add(channel(name_space, room));
  return unheard;
}

bool SocketioFanOut::hears(const std::string& name_space, std::span<const std::string> rooms) {
  const std::lock_guard lock{mutex_};
  return unheard_of(name_space, rooms).empty();
}

boost::asio::awaitable<bool> SocketioFanOut::until_heard(std::string name_space, std::vector<std::string> rooms,
                                                         net::Shard& shard) {
  std::shared_ptr<boost::asio::steady_timer> wait;
  {
    const std::lock_guard lock{mutex_};
    auto unheard = unheard_of(name_space, rooms);
    if (unheard.empty()) co_return true;
    if (!bus_.is_connected()) co_return false;
    wait = std::make_shared<boost::asio::steady_timer>(shard.context(), bus::RedisCommand::default_timeout);
    waiters_.push_back({std::move(unheard), [wait, &shard] { shard.post([wait] { wait->expires_at(at_once); }); }});
  }
  boost::system::error_code ignored;
  co_await wait->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  co_return wait->expiry() == at_once;
}

void SocketioFanOut::publish(const std::string& name_space, SocketioDraft draft) {
  const std::vector<std::string> channels = channels_of(name_space, draft.target);
  const bool is_logged = draft.is_recoverable();
  const SocketioEnvelope envelope{.id = fmt::format("{}:{}", instance_.value(), ++sequence_),
                                  .name_space = name_space,
                                  .asker = {},
                                  .draft = std::move(draft)};
  state_.publish(name_space, channels, encode_envelope(envelope), is_logged,
                 [](const Result<SocketioSharedState::Published>&) {});
}

void SocketioFanOut::ask(const std::string& name_space, SocketioDraft draft, Gathered done) {
  const std::uint64_t id = ++sequence_;
  const std::vector<std::string> channels = channels_of(name_space, draft.target);
  const milliseconds limit = draft.ack_timeout + reply_margin;
  const SocketioEnvelope envelope{.id = fmt::format("{}:{}", instance_.value(), id),
                                  .name_space = name_space,
                                  .asker = instance_.value(),
                                  .question_id = id,
                                  .draft = std::move(draft)};
  auto question = std::make_unique<Question>(std::move(done), boost::asio::steady_timer{timers_.context(), limit});
  {
    const std::lock_guard lock{mutex_};
    questions_.emplace(id, std::move(question));
  }
  timers_.post([this, id] {
    const std::lock_guard lock{mutex_};
    const auto found = questions_.find(id);
    if (found == questions_.end()) return;
    found->second->timer.async_wait([this, id](const boost::system::error_code& error) {
      if (!error) settle(id, true);
    });
  });
  state_.publish(name_space, channels, encode_envelope(envelope), false,
                 [this, id](const Result<SocketioSharedState::Published>& published) {
                   {
                     const std::lock_guard lock{mutex_};
                     const auto found = questions_.find(id);
                     if (found == questions_.end()) return;
                     found->second->expected = published ? published->received : 0;
                     if (!published) found->second->is_complete = false;
                   }
                   settle(id, false);
                 });
}

void SocketioFanOut::settle(std::uint64_t question_id, bool is_late) {
  std::unique_ptr<Question> question;
  {
    const std::lock_guard lock{mutex_};
    const auto found = questions_.find(question_id);
    if (found == questions_.end()) return;
    const bool is_answered = found->second->expected && found->second->replies >= *found->second->expected;
    if (!is_answered && !is_late) return;
    question = std::move(found->second);
    questions_.erase(found);
    question->is_complete &= is_answered;
  }
  question->done(std::move(question->answers), question->is_complete);
  // Its timer is the shard's.
  timers_.post([question = std::move(question)] {});
}

void SocketioFanOut::reply(const std::string& asker, const SocketioReply& reply) {
  bus_.publish(answers_channel(asker), encode_reply(reply));
}

void SocketioFanOut::on_reply(std::string_view payload) {
  auto reply = decode_reply(payload);
  if (!reply) return;
  {
    const std::lock_guard lock{mutex_};
    const auto found = questions_.find(reply->question_id);
    if (found == questions_.end()) return;  // too late
    Question& question = *found->second;
    ++question.replies;
    question.is_complete &= reply->is_complete;
    std::ranges::move(reply->answers, std::back_inserter(question.answers));
  }
  settle(reply->question_id, false);
}

bool SocketioFanOut::is_first(const std::string& id) {
  if (std::ranges::find(remembered_, id) != remembered_.end()) return false;
  remembered_[remembered_next_] = id;
  remembered_next_ = (remembered_next_ + 1) % remembered_max;
  return true;
}

bool SocketioFanOut::on_bus_message(std::string_view channel, std::string_view payload) {
  if (!channel.starts_with(prefix)) return false;
  if (channel == answers_channel(instance_.value())) {
    on_reply(payload);
    return true;
  }
  const std::size_t line_end = payload.find('\n');
  const auto position = SocketioLog::parse(payload.substr(0, line_end));
  if (line_end == std::string_view::npos || !position) return true;
  auto envelope = decode_envelope(payload.substr(line_end + 1));
  if (!envelope) {
    ops::log_warning("socketio", "a message of another instance was not understood",
                     {{"error", envelope.error().message}});
    return true;
  }
  if (!*position && envelope->draft.target.rooms.size() > 1 && !is_first(envelope->id)) {
    if (!envelope->asker.empty()) reply(envelope->asker, {.question_id = envelope->question_id, .answers = {}});
    return true;
  }
  Flow& flow = flows_[envelope->name_space];
  if (flow.is_stale) catch_up(envelope->name_space);
  Message message{*std::move(envelope), *position};
  if (!flow.is_reading) {
    deliver(std::move(message));
  } else if (flow.waiting.size() < waiting_max || !message.position) {
    flow.waiting.push_back(std::move(message));
  } else {
    flow.is_stale = true;
  }
  return true;
}

void SocketioFanOut::deliver(Message message) {
  const std::string& name_space = message.envelope.name_space;
  if (message.position) {
    Flow& flow = flows_[name_space];
    if (message.position <= flow.last) return;  // a copy, or read from the log already
    flow.last = message.position;
  }
  Gathered gathered;
  if (!message.envelope.asker.empty()) {
    gathered = [this, asker = message.envelope.asker, question_id = message.envelope.question_id](
                   std::vector<SocketioArguments> answers, bool is_complete) {
      reply(asker, {question_id, std::move(answers), is_complete});
    };
  }
  deliver_(name_space, std::move(message.envelope.draft), message.position, std::move(gathered));
}

bool SocketioFanOut::on_bus_gap(std::string_view channel) {
  if (!channel.starts_with(prefix)) return false;
  if (channel == answers_channel(instance_.value())) return true;
  const bool is_new = heard(std::string{channel});
  if (!state_.recovers()) return true;
  const std::string name_space = name_space_of(channel);
  Flow& flow = flows_[name_space];
  // What was published before a room had members here is none of theirs.
  if (is_new && flow.is_known) return true;
  if (!flow.is_known) {
    flow.is_known = true;
    state_.last_position(name_space, [this, name_space](const Result<LogPosition>& last) {
      Flow& known = flows_[name_space];
      known.is_known = last.has_value();
      if (last) known.last = std::max(known.last, *last);
    });
    return true;
  }
  flow.is_stale = true;
  catch_up(name_space);
  return true;
}

void SocketioFanOut::catch_up(const std::string& name_space) {
  if (!std::exchange(flows_[name_space].is_reading, true)) read_log(name_space);
}

void SocketioFanOut::read_log(const std::string& name_space) {
  Flow& flow = flows_[name_space];
  flow.is_stale = false;
  state_.read_log(name_space, flow.last,
                  [this, name_space](const Result<std::vector<SocketioSharedState::Entry>>& entries) {
                    take_log(name_space, entries);
                  });
}

void SocketioFanOut::take_log(const std::string& name_space,
                              const Result<std::vector<SocketioSharedState::Entry>>& entries) {
  Flow& flow = flows_[name_space];
  if (entries) {
    for (const SocketioSharedState::Entry& entry : *entries) {
      if (auto envelope = decode_envelope(entry.payload)) deliver({*std::move(envelope), entry.position});
    }
    if (!entries->empty()) flow.last = std::max(flow.last, entries->back().position);
    if (flow.is_stale || entries->size() == SocketioSharedState::page_size) return read_log(name_space);
  }
  flow.is_reading = false;
  // What could not be read is missing still: nothing newer of the log goes before it.
  flow.is_stale = !entries;
  for (Message& message : std::exchange(flow.waiting, {})) {
    if (entries || !message.position) deliver(std::move(message));
  }
}

}  // namespace pulso::realtime

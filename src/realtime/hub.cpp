#include "realtime/hub.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

#include "base/prefetch.h"

namespace pulso::realtime {

/// Members of one topic on one shard. A fan-out is a pass over the members that gives each all waiting events; a large
/// topic's pass is cut into slices over several loop turns, so that reads are not starved meanwhile.
class ShardTopic {
 public:
  ShardTopic(Hub& hub, Hub::ShardPart& part, std::string name) : hub_(hub), part_(part), name_(std::move(name)) {}

  void add(Subscriber& subscriber, Subscription& subscription, std::array<const void*, 2> written) {
    subscription.written_ = written;
    subscription.topic_ = this;
    subscription.subscriber_ = &subscriber;
    subscription.index_ = static_cast<std::uint32_t>(members_.size());
    members_.push_back(&subscription);
    ++live_count_;
  }
  void remove(Subscription& subscription);
  void enqueue(std::span<const TopicEventRef> events, SteadyTime published_at) {
    if (waiting_.empty()) waiting_since_ = published_at;
    waiting_.insert(waiting_.end(), events.begin(), events.end());
    if (!is_passing_) schedule_pass();
  }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool is_unused() const noexcept { return live_count_ == 0 && !is_passing_; }

 private:
  static constexpr std::size_t slice_size = 2000;

  /// Behind what is ready in this loop turn: events that arrive together leave together.
  void schedule_pass();
  void run_pass();
  void run_slice();
  void prefetch_ahead() const noexcept;
  void finish_pass();

  Hub& hub_;
  Hub::ShardPart& part_;
  std::string name_;
  std::vector<Subscription*> members_;  ///< null where a member left during a pass
  std::size_t live_count_ = 0;
  std::vector<TopicEventRef> waiting_;  ///< for the next pass
  std::vector<TopicEventRef> passing_;  ///< what the running pass delivers
  SteadyTime waiting_since_;            ///< when the first of the waiting events was published
  SteadyTime passing_since_;
  std::size_t cursor_ = 0;
  std::size_t pass_end_ = 0;  ///< members that were there when the pass began: later ones joined after its events
  bool is_passing_ = false;
};

/// The topics of one shard; touched by its thread only, but for what is on its way to them.
struct Hub::ShardPart {
  struct Publication {
    std::string topic;
    std::vector<TopicEventRef> events;
    SteadyTime at;
  };
  explicit ShardPart(net::Shard& owner) : shard(owner) {}
  net::Shard& shard;
  std::unordered_map<std::string, std::unique_ptr<ShardTopic>> topics;
  /// Under `mutex_`, in the order of publishing. A loop's own posts may be overtaken by those of other threads, so that
  /// posts alone would have another order.
  std::vector<Publication> inbox;
};

/// On which shards a topic has how many members.
struct Hub::Presence {
  std::vector<std::size_t> members_by_shard;
  std::size_t total = 0;
};

void ShardTopic::remove(Subscription& subscription) {
  const std::uint32_t index = subscription.index_;
  assert(members_[index] == &subscription);
  subscription.topic_ = nullptr;
  --live_count_;
  if (is_passing_) {
    members_[index] = nullptr;  // a pass goes by index: gaps are closed behind it
  } else {
    members_[index] = members_.back();
    members_[index]->index_ = index;
    members_.pop_back();
  }
  hub_.remove_member(name_, part_.shard.index());
  if (is_unused()) part_.topics.erase(std::string{name_});  // deletes this
}

void ShardTopic::schedule_pass() {
  is_passing_ = true;
  part_.shard.post([this] { run_pass(); });
}

void ShardTopic::run_pass() {
  passing_.swap(waiting_);
  passing_since_ = waiting_since_;
  cursor_ = 0;
  pass_end_ = members_.size();
  run_slice();
}

/// First the membership, then what it says is written: each has come by the time that the next is asked for.
void ShardTopic::prefetch_ahead() const noexcept {
  if (const std::size_t far = cursor_ + 2 * prefetch_distance; far < members_.size())
    prefetch_object(members_[far], 64);
  if (const std::size_t near = cursor_ + prefetch_distance; near < members_.size() && members_[near]) {
    prefetch_object(members_[near]->subscriber_, 128);
    for (const void* object : members_[near]->written_) prefetch_object(object);
  }
}

void ShardTopic::run_slice() {
  const std::size_t slice_end = std::min(cursor_ + slice_size, pass_end_);
  for (; cursor_ < slice_end; ++cursor_) {
    prefetch_ahead();
    for (const TopicEventRef& event : passing_) {
      // Asked anew for each event: what one event does may make the member leave.
      Subscription* member = members_[cursor_];
      if (!member) break;
      member->subscriber_->on_event(event);
    }
  }
  if (cursor_ < pass_end_) {
    part_.shard.post([this] { run_slice(); });
  } else {
    finish_pass();
  }
}

void ShardTopic::finish_pass() {
  if (hub_.fan_out_seconds_) {
    hub_.fan_out_seconds_->observe(std::chrono::duration<double>(part_.shard.now() - passing_since_).count());
  }
  passing_.clear();
  is_passing_ = false;
  if (live_count_ < members_.size()) {
    std::erase(members_, nullptr);
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i]->index_ = static_cast<std::uint32_t>(i);
  }
  if (live_count_ == 0) {
    part_.topics.erase(std::string{name_});  // deletes this
  } else if (!waiting_.empty()) {
    schedule_pass();
  }
}

void Subscription::reset() {
  if (topic_) topic_->remove(*this);
}

Hub::Hub(std::vector<net::Shard*> shards, ops::Histogram* fan_out_seconds) : fan_out_seconds_(fan_out_seconds) {
  for (net::Shard* shard : shards) {
    assert(shard->index() == parts_.size());
    parts_.push_back(std::make_unique<ShardPart>(*shard));
  }
}

Hub::~Hub() = default;

void Hub::publish(std::string_view topic, std::vector<TopicEventRef> events) {
  const std::lock_guard lock{mutex_};
  const auto found = presence_.find(std::string{topic});
  if (found == presence_.end()) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (found->second->members_by_shard[i] == 0) continue;
    ShardPart& part = *parts_[i];
    part.inbox.push_back({found->first, events, now});
    if (part.inbox.size() > 1) continue;  // it has been told already
    part.shard.post([this, &part] {
      std::vector<ShardPart::Publication> arrived;
      {
        const std::lock_guard arrival{mutex_};
        arrived.swap(part.inbox);
      }
      for (const ShardPart::Publication& publication : arrived) {
        const auto here = part.topics.find(publication.topic);
        if (here != part.topics.end()) here->second->enqueue(publication.events, publication.at);
      }
    });
  }
}

void Hub::subscribe(net::Shard& shard, std::string_view topic, Subscriber& subscriber, Subscription& subscription,
                    std::array<const void*, 2> written) {
  assert(!subscription);
  ShardPart& part = *parts_[shard.index()];
  auto& here = part.topics[std::string{topic}];
  if (!here) here = std::make_unique<ShardTopic>(*this, part, std::string{topic});
  here->add(subscriber, subscription, written);
  add_member(topic, shard.index());
}

void Hub::add_member(std::string_view topic, std::size_t shard_index) {
  const std::lock_guard lock{mutex_};
  auto& presence = presence_[std::string{topic}];
  if (!presence) {
    presence = std::make_unique<Presence>();
    presence->members_by_shard.resize(parts_.size());
  }
  ++presence->members_by_shard[shard_index];
  if (++presence->total == 1 && observer_) observer_(topic);
}

void Hub::remove_member(const std::string& topic, std::size_t shard_index) {
  const std::lock_guard lock{mutex_};
  const auto found = presence_.find(topic);
  --found->second->members_by_shard[shard_index];
  if (--found->second->total > 0) return;
  if (observer_) observer_(topic);
  presence_.erase(found);
}

std::size_t Hub::member_count(std::string_view topic) const {
  const std::lock_guard lock{mutex_};
  const auto found = presence_.find(std::string{topic});
  return found == presence_.end() ? 0 : found->second->total;
}

std::vector<std::string> Hub::topics() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> names;
  names.reserve(presence_.size());
  for (const auto& [name, presence] : presence_) names.push_back(name);
  return names;
}

}  // namespace pulso::realtime

#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "bus/redis_router.h"
#include "bus/redis_slots.h"

namespace pulso::bus {

/// A Redis Cluster: a link to every master, commands to the owner of their slot. The slot map is read with
/// `CLUSTER SLOTS` at the start, after a redirect, and again and again while an owner is away.
class RedisClusterRouter final : public RedisRouter {
 public:
  static constexpr milliseconds map_timeout{500};
  static constexpr milliseconds map_pause{200};  ///< between readings of the map

  RedisClusterRouter(boost::asio::io_context& context, RedisOptions options, ops::Metrics& metrics);

  void start() override;
  void dispatch(RedisRequestRef request) override;
  [[nodiscard]] std::optional<RedisEndpoint> owner_of(std::string_view channel) const override;
  [[nodiscard]] std::string node_identity(std::string_view key) const override;
  void refresh() override;
  void learn(std::string_view error, const RedisEndpoint& asked) override;

 private:
  void redirect(RedisLink& link, RedisRequestRef& request, std::string_view error) override;
  void close_links(const Error& reason) override;

  /// The link to that node, begun if there is none.
  std::shared_ptr<RedisLink> link_to(const RedisEndpoint& node);
  void on_link_down(const RedisEndpoint& node);
  void read_map();
  /// Asks the next of `candidates` until one answers.
  void ask_for_map(std::vector<RedisEndpoint> candidates);
  void adopt(RedisSlotMap map);
  void assign(std::uint16_t slot, const RedisEndpoint& owner);
  void update_connected();

  std::map<RedisEndpoint, std::shared_ptr<RedisLink>> links_;
  boost::asio::steady_timer map_timer_;
  bool is_map_due_ = false;       // a reading is scheduled or going on
  bool must_read_again_ = false;  // asked for while a reading was going on
  bool is_reading_ = false;
  bool has_map_ = false;
  bool has_warned_ = false;  // that no node answers: once, until one does
  std::size_t next_candidate_ = 0;
  mutable std::mutex mutex_;
  RedisSlotMap slots_;  // written by the client's thread under mutex_; other threads read under it
};

}  // namespace pulso::bus

#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "support/redis_server.h"

namespace pulso::support {

/// A Redis Cluster of three masters without replicas, made by hand: quicker than `redis-cli --cluster create`.
class RedisCluster {
 public:
  static constexpr std::size_t master_count = 3;

  RedisCluster() {
    for (std::size_t index = 0; index < master_count; ++index) {
      nodes_.push_back(std::make_unique<RedisServer>(settings()));
      const RedisServer& node = *nodes_.back();
      // Each node with an epoch of its own, or they would first have to settle that.
      run(node, {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(index + 1)});
      run(node, {"CLUSTER", "ADDSLOTSRANGE", std::to_string(slots * index / master_count),
                 std::to_string(slots * (index + 1) / master_count - 1)});
    }
    // Nodes forget a meeting that takes them too long, as on a busy machine.
    is_ready_ = eventually(
        [this] {
          for (const auto& node : nodes_) meet(*node);
          return eventually([this] { return all_agree(); }, std::chrono::seconds{4});
        },
        std::chrono::seconds{20});
  }

  [[nodiscard]] bool is_ready() const noexcept { return is_ready_; }
  [[nodiscard]] std::string url() const {
    return fmt::format("redis+cluster://{},{}", nodes_[0]->address(), nodes_[1]->address());
  }
  [[nodiscard]] RedisServer& node(std::size_t index) { return *nodes_[index]; }
  [[nodiscard]] static std::size_t owner_of(std::size_t slot) { return ((slot + 1) * master_count - 1) / slots; }
  [[nodiscard]] std::string id(std::size_t index) const { return nodes_[index]->run({"CLUSTER", "MYID"}); }

  /// Adds a replica of that master; false when it does not get in step in time.
  bool add_replica(std::size_t master) {
    nodes_.push_back(std::make_unique<RedisServer>(settings()));
    const RedisServer& replica = *nodes_.back();
    meet(replica);
    const std::string master_id = id(master);
    return eventually([&] { return replica.run({"CLUSTER", "REPLICATE", master_id}) == "OK"; }) && eventually([&] {
             return replica.run({"ROLE"}).find(" connected ") != std::string::npos &&
                    all_nodes_know(replica.run({"CLUSTER", "MYID"}), "slave");
           });
  }

  /// From here on `from` answers ASK for keys of the slot that it does not have.
  void begin_to_move(std::size_t slot, std::size_t from, std::size_t to) {
    run(*nodes_[to], {"CLUSTER", "SETSLOT", std::to_string(slot), "IMPORTING", id(from)});
    run(*nodes_[from], {"CLUSTER", "SETSLOT", std::to_string(slot), "MIGRATING", id(to)});
  }
  void finish_moving(std::size_t slot, std::size_t from, std::size_t to, const std::vector<std::string>& keys) {
    for (const std::string& key : keys) {
      run(*nodes_[from], {"MIGRATE", "127.0.0.1", std::to_string(nodes_[to]->port()), key, "0", "2000"});
    }
    const std::string owner = id(to);
    run(*nodes_[to], {"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", owner});
    run(*nodes_[from], {"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", owner});
  }

 private:
  static constexpr std::size_t slots = 16384;

  static std::vector<std::string> settings() {
    return {"cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 2000",
            "cluster-require-full-coverage no"};
  }
  static void run(const RedisServer& node, const std::vector<std::string>& arguments) {
    if (const std::string answer = node.run(arguments); answer != "OK") {
      fmt::print(stderr, "{} {}: {}\n", arguments[0], arguments[1], answer);
    }
  }
  void meet(const RedisServer& node) {
    if (&node != nodes_[0].get()) run(node, {"CLUSTER", "MEET", "127.0.0.1", std::to_string(nodes_[0]->port())});
  }
  bool all_agree() const {
    for (const auto& node : nodes_) {
      const std::string info = node->run({"CLUSTER", "INFO"});
      if (info.find("cluster_state:ok") == std::string::npos ||
          info.find("cluster_slots_ok:16384") == std::string::npos) {
        return false;
      }
    }
    return true;
  }
  bool all_nodes_know(const std::string& node_id, const std::string& role) const {
    for (const auto& node : nodes_) {
      const std::string view = node->run({"CLUSTER", "NODES"});
      const auto line = view.find(node_id);
      if (line == std::string::npos ||
          view.substr(line, view.find('\n', line) - line).find(role) == std::string::npos) {
        return false;
      }
    }
    return true;
  }

  std::vector<std::unique_ptr<RedisServer>> nodes_;
  bool is_ready_ = false;
};

}  // namespace pulso::support

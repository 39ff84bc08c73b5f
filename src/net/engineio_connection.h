#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "net/engineio_packet.h"
#include "net/engineio_polling.h"
#include "net/engineio_session.h"
#include "net/timing_wheel.h"

namespace pulso::net {

struct EngineioService;
class EngineioWebSocket;
class WebSocketConnection;

/// An Engine.IO session: heartbeat, transports, and the way from one to the other. The registry owns it until it ends;
/// everything here is called on its shard's thread. While it is idle on a WebSocket it holds no buffer.
class EngineioConnection final : public EngineioSession,
                                 public std::enable_shared_from_this<EngineioConnection>,
                                 private TimerNode,
                                 private EngineioPolling::Listener {
 public:
  /// Registered, and not yet open.
  [[nodiscard]] static std::shared_ptr<EngineioConnection> create(EngineioService& service, Shard& shard,
                                                                  std::unique_ptr<EngineioListener> listener);
  EngineioConnection(EngineioService& service, Shard& shard, std::unique_ptr<EngineioListener> listener);
  ~EngineioConnection() override;

  /// Opens over polling; gives the answer to the handshake.
  [[nodiscard]] std::string open();
  /// Opens over a WebSocket.
  void open(EngineioWebSocket& websocket);

  void send(std::span<const FrameRef> messages, std::span<const FrameRef> deflated) override;
  void send_uncounted(std::span<const FrameRef> messages) override;
  [[nodiscard]] bool is_writable() const noexcept override;
  void close() override;
  void set_cookie(std::string field) override;
  [[nodiscard]] Shard& shard() const noexcept override { return shard_; }
  [[nodiscard]] const std::string& id() const noexcept override { return id_; }
  [[nodiscard]] std::string_view transport_name() const noexcept override;
  [[nodiscard]] std::size_t pending_bytes() const noexcept override;

  [[nodiscard]] bool is_polling() const noexcept { return polling_ != nullptr; }
  /// A poll that came: waits until there is something to answer. `poll` names it. A second one at the same time ends
  /// the session.
  [[nodiscard]] boost::asio::awaitable<EngineioPollAnswer> poll(const void* poll);
  /// The peer has given up a poll that waited, which ends the session.
  void on_poll_lost(const void* poll);
  /// The packets of a POST; `payload` lives until it ends. Many small ones leave the loop to others in between.
  [[nodiscard]] boost::asio::awaitable<EngineioPollAnswer> receive(std::string_view payload);
  /// Ends the session at once.
  void finish(EngineioCloseReason reason);

  /// False when there is nothing to upgrade, or another upgrade is under way.
  [[nodiscard]] bool begin_upgrade(EngineioWebSocket& websocket);
  void on_websocket_message(EngineioWebSocket& websocket, std::string_view payload, bool is_text);
  void on_websocket_close(EngineioWebSocket& websocket, std::uint16_t code);

 private:
  enum class State : std::uint8_t {
    open,
    closing,  ///< what is queued still leaves; nothing comes in or is added
    closed,
  };
  struct Upgrade;

  void on_timer() override;
  void on_poll_answered() override;
  void begin_heartbeat();
  void on_packet(const EngineioPacket& packet);
  void on_upgrade_packet(const EngineioPacket& packet);
  void finish_upgrade();
  void drop_upgrade();
  void close_websocket();
  void send_control(EngineioPacketType type);
  void send_on(WebSocketConnection& connection, const FrameRef& message, const FrameRef* deflated);
  /// From the loop, so that a listener that sends or closes is not called back meanwhile.
  void finish_later(EngineioCloseReason reason);

  EngineioService& service_;
  Shard& shard_;
  std::unique_ptr<EngineioListener> listener_;
  std::string id_;
  std::unique_ptr<EngineioPolling> polling_;  ///< or
  EngineioWebSocket* websocket_ = nullptr;    ///< the transport
  std::unique_ptr<Upgrade> upgrade_;          ///< while a WebSocket is probed
  State state_ = State::open;
  EngineioCloseReason closing_reason_ = EngineioCloseReason::forced_close;  ///< while `closing`
  bool is_ping_sent_ = false;
  bool is_timeout_extended_ = false;
  bool is_close_sent_ = false;  ///< of a polling session that closes
};

}  // namespace pulso::net

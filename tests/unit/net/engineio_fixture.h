#pragma once
#include <gmock/gmock.h>

#include "support/engineio_world.h"

namespace pulso::net {

using support::Listener;
using support::Peer;
using support::Poll;
using support::Reports;
using support::text;

class EngineioTest : public testing::Test, protected support::EngineioWorld {
 protected:
  std::unique_ptr<Peer> upgraded() {
    auto peer = connect(candidate());
    peer->send("2probe");
    run();
    peer->send("5");
    run();
    EXPECT_THAT(peer->frames(), testing::ElementsAre("3probe"));
    EXPECT_EQ(session_->transport_name(), "websocket");
    return peer;
  }
};

}  // namespace pulso::net

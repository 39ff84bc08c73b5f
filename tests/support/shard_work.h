#pragma once
#include <future>

#include "net/shard.h"

namespace pulso::support {

/// Runs `work` on the thread of `shard`, which has been started, and waits for it.
template <class F>
void run_on(net::Shard& shard, F work) {
  std::promise<void> done;
  shard.post([&] {
    work();
    done.set_value();
  });
  done.get_future().get();
}

/// Until what was posted before, and what that posted, has run.
inline void settle(net::Shard& shard) {
  for (int i = 0; i < 16; ++i) run_on(shard, [] {});
}

}  // namespace pulso::support

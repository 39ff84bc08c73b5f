#pragma once

#include <chrono>
#include <cstdint>
#include <sys/types.h>

namespace pulso::bench {

/// The measured server as /proc shows it. Every method throws std::runtime_error when the process is gone.
class ServerProcess {
 public:
  explicit ServerProcess(pid_t id) : id_(id) {}

  /// CPU time of all living threads: the first field of /proc/<pid>/task/*/schedstat, in nanoseconds. Exact only
  /// while the threads sleep, since the kernel adds a running slice at its end or at a tick. On a loopback link it
  /// includes the receiving half of TCP, which the kernel runs in the sender's context.
  std::chrono::nanoseconds cpu_time() const;

  /// utime + stime of /proc/<pid>/stat, ended threads included, in steps of one clock tick (10 ms): the coarse
  /// cross-check of `cpu_time`.
  std::chrono::milliseconds cpu_time_by_ticks() const;

  /// User memory: Pss_Anon + Pss_Shmem + SwapPss of /proc/<pid>/smaps_rollup, in bytes: heap, stacks and shared memory
  /// (nchan keeps its channels there), without mapped files, whose pages come and go with the page cache.
  std::uint64_t user_memory_bytes() const;

 private:
  pid_t id_;
};

}  // namespace pulso::bench

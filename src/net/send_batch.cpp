#include "net/send_batch.h"

#include <cerrno>
#include <sys/socket.h>

#include <liburing.h>

namespace pulso::net {

std::unique_ptr<SendBatch> SendBatch::create() {
  auto ring = std::make_unique<io_uring>();
  // Completions come to the one thread that asks for them: nothing interrupts it (Linux 6.1).
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  if (io_uring_queue_init_params(capacity, ring.get(), &params) < 0) return nullptr;
  return std::unique_ptr<SendBatch>{new SendBatch{std::move(ring)}};
}

SendBatch::SendBatch(std::unique_ptr<io_uring> ring) noexcept : ring_(std::move(ring)) {}

SendBatch::~SendBatch() {
  io_uring_queue_exit(ring_.get());
}

void SendBatch::add(int descriptor, std::string_view bytes) noexcept {
  io_uring_sqe* entry = io_uring_get_sqe(ring_.get());
  io_uring_prep_send(entry, descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  io_uring_sqe_set_data64(entry, count_++);
}

std::span<const int> SendBatch::submit() noexcept {
  const auto count = static_cast<unsigned>(count_);
  count_ = 0;
  // None of them waits for its socket, so all of them have ended when this returns.
  int submitted;
  do {
    submitted = io_uring_submit_and_wait(ring_.get(), count);
  } while (submitted == -EINTR);
  unsigned head, ended = 0;
  io_uring_cqe* entry;
  io_uring_for_each_cqe(ring_.get(), head, entry) {
    results_[entry->user_data] = entry->res;
    ++ended;
  }
  io_uring_cq_advance(ring_.get(), ended);
  is_broken_ = ended < count;
  return {results_, ended};
}

}  // namespace pulso::net

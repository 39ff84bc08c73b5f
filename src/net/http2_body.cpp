#include "net/http2_body.h"

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "net/file_descriptor.h"
#include "ops/log.h"

namespace pulso::net {
namespace {

class TextBody final : public Http2Body {
 public:
  explicit TextBody(HttpResponse&& response)
      : body_(std::move(response.body)),
        keep_(std::move(response.keep)),
        left_(response.body_view.empty() ? std::string_view{body_} : response.body_view) {}

  Chunk read(std::span<char> out) override {
    const std::string_view part = left_.substr(0, out.size());
    std::ranges::copy(part, out.data());
    left_.remove_prefix(part.size());
    return {.bytes = part.size(), .next = left_.empty() ? Chunk::Next::end : Chunk::Next::more};
  }

 private:
  const std::string body_;
  const std::shared_ptr<const void> keep_;
  std::string_view left_;
};

class FilePartBody final : public Http2Body {
 public:
  explicit FilePartBody(const FileBody& file)
      : descriptor_(file.descriptor), offset_(file.offset), left_(file.length) {}

  Chunk read(std::span<char> out) override {
    const std::size_t wanted = std::min<std::uint64_t>(out.size(), left_);
    const ssize_t got = ::pread(descriptor_.get(), out.data(), wanted, static_cast<off_t>(offset_));
    if (got <= 0) return {.bytes = 0, .next = Chunk::Next::failed};  // it was cut shorter meanwhile
    offset_ += static_cast<std::uint64_t>(got);
    left_ -= static_cast<std::uint64_t>(got);
    return {.bytes = static_cast<std::size_t>(got), .next = left_ == 0 ? Chunk::Next::end : Chunk::Next::more};
  }

 private:
  const FileDescriptor descriptor_;
  std::uint64_t offset_;
  std::uint64_t left_;
};

/// One piece is made when the one before it has left.
class PiecesBody final : public Http2Body, public std::enable_shared_from_this<PiecesBody> {
 public:
  PiecesBody(HttpResponse&& response, const HttpRequest& request, boost::asio::any_io_executor executor,
             std::function<void()> resume)
      : next_piece_(std::move(response.next_piece)),
        path_(request.path),
        request_id_(request.request_id),
        executor_(std::move(executor)),
        resume_(std::move(resume)) {}

  Chunk read(std::span<char> out) override {
    if (has_failed_) return {.bytes = 0, .next = Chunk::Next::failed};
    if (is_last_) return {.bytes = 0, .next = Chunk::Next::end};
    if (sent_ == piece_.size()) {
      make_piece();
      return {.bytes = 0, .next = Chunk::Next::later};
    }
    const std::string_view part = std::string_view{piece_}.substr(sent_, out.size());
    std::ranges::copy(part, out.data());
    sent_ += part.size();
    return {.bytes = part.size(), .next = Chunk::Next::more};
  }

  void close() override { resume_ = nullptr; }

 private:
  void make_piece() {
    if (std::exchange(is_making_, true)) return;
    boost::asio::co_spawn(
        executor_, [self = shared_from_this()]() -> boost::asio::awaitable<std::string> { return self->next_piece_(); },
        [self = shared_from_this()](const std::exception_ptr& failure, std::string piece) {
          self->take(failure, std::move(piece));
        });
  }

  void take(const std::exception_ptr& failure, std::string piece) {
    is_making_ = false;
    sent_ = 0;
    piece_ = std::move(piece);
    is_last_ = piece_.empty();
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      ops::log_error("net", "an answer ended in its middle",
                     {{"path", path_}, {"request_id", request_id_}, {"error", error.what()}});
      has_failed_ = true;
    }
    if (resume_) resume_();
  }

  std::function<boost::asio::awaitable<std::string>()> next_piece_;
  const std::string path_, request_id_;
  const boost::asio::any_io_executor executor_;
  std::function<void()> resume_;  ///< null once closed
  std::string piece_;
  std::size_t sent_ = 0;
  bool is_making_ = false;
  bool is_last_ = false;
  bool has_failed_ = false;
};

}  // namespace

std::shared_ptr<Http2Body> create_http2_body(HttpResponse&& response, const HttpRequest& request,
                                             const boost::asio::any_io_executor& executor,
                                             std::function<void()> resume) {
  const bool may_have_body = request.method != "HEAD" && response.status != 204 && response.status != 304;
  if (response.file) {
    auto body = std::make_shared<FilePartBody>(*response.file);  // owns the file also when it is not sent
    return may_have_body && response.file->length > 0 ? body : nullptr;
  }
  if (!may_have_body) return nullptr;
  if (response.next_piece) {
    return std::make_shared<PiecesBody>(std::move(response), request, executor, std::move(resume));
  }
  if (response.body.empty() && response.body_view.empty()) return nullptr;
  return std::make_shared<TextBody>(std::move(response));
}

}  // namespace pulso::net

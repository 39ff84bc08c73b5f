#include "bus/redis_reply.h"

#include <charconv>
#include <utility>

#include <hiredis/hiredis.h>

namespace pulso::bus {

std::optional<std::int64_t> RedisReply::integer() const noexcept {
  if (const auto* number = std::get_if<std::int64_t>(&value_)) return *number;
  const std::string_view text = string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view RedisReply::string() const noexcept {
  const auto* text = std::get_if<std::string>(&value_);
  return text ? std::string_view{*text} : std::string_view{};
}

std::span<const RedisReply> RedisReply::array() const noexcept {
  const auto* elements = std::get_if<Array>(&value_);
  return elements ? std::span<const RedisReply>{*elements} : std::span<const RedisReply>{};
}

const RedisReply& RedisReply::operator[](std::size_t index) const noexcept {
  static const RedisReply nil;
  const auto elements = array();
  return index < elements.size() ? elements[index] : nil;
}

std::string_view RedisReply::error() const noexcept {
  const auto* failure = std::get_if<Failure>(&value_);
  return failure ? std::string_view{failure->text} : std::string_view{};
}

Result<RedisReply> checked(Result<RedisReply> reply) {
  if (reply && reply->is_error()) return fail(Errc::unavailable, "Redis: " + std::string{reply->error()});
  return reply;
}

bool RedisReply::has_code(std::string_view code) const noexcept {
  const std::string_view text = error();
  return text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ');
}

/// Lets the parser fill arrays, which nobody else may change.
struct RedisReplyBuilder {
  static RedisReply& element(RedisReply& array, int index) {
    return std::get<RedisReply::Array>(array.value_)[static_cast<std::size_t>(index)];
  }
};

namespace {

/// Where the parsed value goes: its place in the array that is being filled, or a new root, which the reader owns
/// until it hands it over.
RedisReply* place_for(const redisReadTask* task, RedisReply value) {
  if (!task->parent) return std::make_unique<RedisReply>(std::move(value)).release();
  RedisReply& slot = RedisReplyBuilder::element(*static_cast<RedisReply*>(task->parent->obj), task->idx);
  slot = std::move(value);
  return &slot;
}

void* create_string(const redisReadTask* task, char* text, std::size_t length) {
  if (task->type == REDIS_REPLY_ERROR) {
    return place_for(task, RedisReply{RedisReply::Failure{std::string{text, length}}});
  }
  return place_for(task, RedisReply{std::string{text, length}});
}

void* create_array(const redisReadTask* task, int length) {
  // Null makes the reader give up with an error.
  if (length > RedisReplyReader::array_length_max) return nullptr;
  return place_for(task, RedisReply{RedisReply::Array(static_cast<std::size_t>(length))});
}

void* create_integer(const redisReadTask* task, long long number) {
  return place_for(task, RedisReply{static_cast<std::int64_t>(number)});
}

void* create_nil(const redisReadTask* task) {
  return place_for(task, RedisReply{});
}

void free_root(void* root) {
  const std::unique_ptr<RedisReply> owner{static_cast<RedisReply*>(root)};
}

redisReplyObjectFunctions reply_functions = {create_string, create_array, create_integer, create_nil, free_root};

}  // namespace

void RedisReplyReader::Free::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

RedisReplyReader::RedisReplyReader() : reader_(redisReaderCreateWithFunctions(&reply_functions)) {}

Result<void> RedisReplyReader::feed(std::string_view bytes) {
  if (reader_->len - reader_->pos + bytes.size() > reply_bytes_max) {
    return fail(Errc::too_large, "a Redis reply is longer than 64 MiB");
  }
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
    return fail(Errc::internal, reader_->errstr);
  }
  return {};
}

Result<std::optional<RedisReply>> RedisReplyReader::next() {
  void* root = nullptr;
  if (redisReaderGetReply(reader_.get(), &root) != REDIS_OK) return fail(Errc::internal, reader_->errstr);
  if (!root) return std::nullopt;
  const std::unique_ptr<RedisReply> reply{static_cast<RedisReply*>(root)};
  return std::move(*reply);
}

}  // namespace pulso::bus

#pragma once
#include <memory>
#include <string>

namespace pulso::bus {

/// A Lua script with the SHA-1 by which servers cache it, computed once. Cheap to copy.
class RedisScript {
 public:
  explicit RedisScript(std::string body);
  [[nodiscard]] const std::string& body() const noexcept { return script_->body; }
  /// 40 lower-case hexadecimal digits.
  [[nodiscard]] const std::string& sha1() const noexcept { return script_->sha1; }

 private:
  struct Script {
    std::string body;
    std::string sha1;
  };
  std::shared_ptr<const Script> script_;
};

}  // namespace pulso::bus

#include "net/frame.h"

#include <cassert>
#include <cstring>
#include <limits>
#include <new>

namespace pulso::net {

FrameRef Frame::make(std::string_view head, std::string_view tail) {
  const std::size_t size = head.size() + tail.size();
  assert(size <= std::numeric_limits<std::uint32_t>::max());
  void* memory = ::operator new(sizeof(Frame) + size);
  auto* frame = new (memory) Frame(static_cast<std::uint32_t>(size));
  char* bytes = reinterpret_cast<char*>(frame + 1);
  if (!head.empty()) std::memcpy(bytes, head.data(), head.size());
  if (!tail.empty()) std::memcpy(bytes + head.size(), tail.data(), tail.size());
  return FrameRef{frame};
}

void Frame::destroy(const Frame* frame) noexcept {
  frame->~Frame();
  ::operator delete(const_cast<Frame*>(frame));
}

}  // namespace pulso::net

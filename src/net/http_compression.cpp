#include "net/http_compression.h"

#include <algorithm>
#include <new>
#include <optional>

#include <zlib.h>

#include "base/encoding.h"

namespace pulso::net {
namespace {

/// Whether the weight among `parameters` (`;q=0.5`) is zero; it is one where none is given.
bool is_weight_zero(std::string_view parameters) noexcept {
  const auto equals = parameters.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view weight = trimmed(parameters.substr(equals + 1));
  return !weight.empty() && std::ranges::all_of(weight, [](char c) { return c == '0' || c == '.'; });
}

}  // namespace

std::string_view name_of(ContentCoding coding) noexcept {
  switch (coding) {
    case ContentCoding::identity:
      return {};
    case ContentCoding::deflate:
      return "deflate";
    case ContentCoding::gzip:
      return "gzip";
  }
  return {};
}

ContentCoding choose_coding(std::string_view accept_encoding) noexcept {
  std::optional<bool> named;
  bool is_deflate_named = false;
  bool by_wildcard = false;
  while (!accept_encoding.empty()) {
    const std::string_view item = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(accept_encoding.size(), item.size() + 1));
    const std::string_view coding = trimmed(item.substr(0, item.find(';')));
    const bool is_allowed = !is_weight_zero(item.substr(std::min(item.size(), item.find(';'))));
    if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip")) named = is_allowed;
    if (equals_ignoring_case(coding, "deflate")) is_deflate_named = is_allowed;
    if (coding == "*") by_wildcard = is_allowed;
  }
  if (named.value_or(by_wildcard)) return ContentCoding::gzip;
  return is_deflate_named ? ContentCoding::deflate : ContentCoding::identity;
}

std::string compress(std::string_view bytes, ContentCoding coding) {
  if (coding == ContentCoding::identity) return std::string{bytes};
  const int gzip_format = coding == ContentCoding::gzip ? 16 : 0;  // added to zlib's window bits
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + gzip_format, MAX_MEM_LEVEL - 1,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc{};
  }
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);  // ends at once: the bound leaves room for all of it
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

}  // namespace pulso::net

#include "net/http_range.h"

#include <cstdlib>
#include <cstring>

#include "net/http_conditions.h"

namespace {

using namespace pulso::net;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

/// Eight bytes of size, then a field's value: as `Range` it selects bytes that exist, as a date it survives the round
/// trip, as a list of entity tags it is read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t file_size = 0;
  if (size < sizeof(file_size)) return 0;
  std::memcpy(&file_size, data, sizeof(file_size));
  const std::string_view field{reinterpret_cast<const char*>(data) + sizeof(file_size), size - sizeof(file_size)};

  const RangeSelection selection = select_range(field, file_size);
  if (selection.kind == RangeSelection::Kind::partial) {
    require(selection.range.length > 0 && selection.range.offset < file_size);
    require(selection.range.length <= file_size - selection.range.offset);
    require(!content_range(selection.range, file_size).empty());
  }

  const auto date = parse_http_date(field);
  if (date) require(parse_http_date(format_http_date(*date)) == date);

  HttpRequest request;
  request.method = "GET";
  for (const char* name : {"If-Match", "If-None-Match", "If-Range"}) request.headers.set(name, std::string{field});
  const Validators validators{.etag = "\"a\"", .last_modified = date};
  static_cast<void>(evaluate_conditions(request, validators));
  static_cast<void>(allows_range(request, validators));
  return 0;
}

#include <cstdlib>
#include <cstring>

#include "base/clock.h"
#include "features/tracks/audio_format.h"
#include "features/tracks/search_text.h"
#include "features/tracks/track_tags.h"
#include "features/tracks/track_urls.h"
#include "features/tracks/upload_form.h"
#include "net/multipart_form.h"
#include "net/utf8.h"

namespace {

using namespace pulso;

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

/// A line with a content type, then a body: as an upload it is read or refused, as a query it opens nothing, as a text
/// it is cleaned.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string_view body = input.substr(std::min(line + 1, input.size()));

  net::HttpRequest request;
  request.headers.set("Content-Type", std::string{input.substr(0, line)});
  request.body = body;
  if (const auto form = tracks::read_upload_form(request)) require(is_within(form->content, request.body));
  if (const auto parts = net::parse_form(body, "b")) {
    require(parts->size() <= net::form_parts_max);
    for (const net::FormPart& part : *parts) require(is_within(part.content, body));
  }

  static const tracks::TrackUrls urls{"a-secret-of-at-least-32-bytes-for-tests", "", std::chrono::hours{4}};
  request.query = {
      {"user", std::string{body}}, {"expires", std::string{input.substr(0, line)}}, {"signature", std::string{body}}};
  require(!urls.user_of(tracks::TrackId{"t"}, *tracks::url_signature_of(request), WallTime{}));

  const std::string clean = tracks::clean_text(body);
  require(net::is_valid_utf8(clean) && clean.size() <= tracks::tag_text_bytes_max &&
          tracks::clean_text(clean) == clean);
  require(net::is_valid_utf8(tracks::fold_case(body)));
  require(tracks::search_patterns(body).size() <= tracks::search_words_max);
  static_cast<void>(tracks::audio_format_of(body));
  return 0;
}

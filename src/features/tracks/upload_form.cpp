#include "features/tracks/upload_form.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "net/multipart_form.h"

namespace pulso::tracks {
namespace {

std::optional<bool> flag_of(std::string_view text) noexcept {
  if (text == "true") return true;
  if (text == "false" || text.empty()) return false;
  return std::nullopt;
}

Outcome<UploadForm> read_parts(std::string_view body, std::string_view boundary) {
  const auto parts = net::parse_form(body, boundary);
  if (!parts) return refuse(TracksErrc::bad_form);
  auto file = std::ranges::find(*parts, "file", &net::FormPart::name);
  if (file == parts->end()) {
    file = std::ranges::find_if(*parts, [](const net::FormPart& part) { return part.file_name.has_value(); });
  }
  if (file == parts->end()) return refuse(TracksErrc::bad_form, "file");
  UploadForm form{.content = file->content, .file_name = file->file_name.value_or("")};
  const auto shared = std::ranges::find(*parts, "shared", &net::FormPart::name);
  if (shared == parts->end()) return form;
  const auto flag = flag_of(shared->content);
  if (!flag) return refuse(TracksErrc::bad_message, "shared");
  form.shared = *flag;
  return form;
}

}  // namespace

Outcome<UploadForm> read_upload_form(const net::HttpRequest& request) {
  const std::string_view type = request.headers.get("Content-Type");
  if (equals_ignoring_case(type.substr(0, type.find_first_of("; \t")), "multipart/form-data")) {
    const auto boundary = net::form_boundary(type);
    if (!boundary) return refuse(TracksErrc::bad_form);
    return read_parts(request.body, *boundary);
  }
  const auto shared = flag_of(request.query_value("shared").value_or(""));
  if (!shared) return refuse(TracksErrc::bad_message, "shared");
  if (request.body.empty()) return refuse(TracksErrc::bad_form, "file");
  return UploadForm{.content = request.body,
                    .file_name = std::string{request.query_value("filename").value_or("")},
                    .shared = *shared};
}

}  // namespace pulso::tracks

#pragma once
#include <string>
#include <string_view>

#include "features/tracks/tracks_errors.h"
#include "net/http_message.h"

namespace pulso::tracks {

/// An upload as it came. The content points into the request's body.
struct UploadForm {
  std::string_view content;
  std::string file_name;  ///< for the title, where the file has none
  bool shared = false;    ///< asked for everybody
};

/// Reads `multipart/form-data` (RFC 7578): a part `file`, or else the first with a file name, and `shared`, `true` or
/// `false`. A body of any other type is the file itself, with `?filename=` and `?shared=`.
[[nodiscard]] Outcome<UploadForm> read_upload_form(const net::HttpRequest& request);

}  // namespace pulso::tracks

#include "net/static_files.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "net/http_conditions.h"
#include "net/http_range.h"
#include "net/mime_types.h"
#include "net/open_beneath.h"

namespace pulso::net {
namespace {

HttpResponse not_found() {
  return HttpResponse::refusal(404, "not_found", "There is nothing at this path.");
}

/// Why a file could not be opened: a shortage of ours, or nothing that the client should know more about.
HttpResponse open_failure(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EIO:
      return HttpResponse::refusal(503, "unavailable", "The file can't be read at the moment; try again.");
    default:
      return not_found();
  }
}

/// Names that begin with a dot (`.git`, `.env`, `..`) are never served.
bool has_dot_name(std::string_view path) noexcept {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

Validators validators_of(const struct stat& status) {
  using namespace std::chrono;
  const auto modified = seconds{status.st_mtim.tv_sec} + nanoseconds{status.st_mtim.tv_nsec};
  Validators validators{.etag = fmt::format("\"{:x}-{:x}-{:x}\"", static_cast<std::uint64_t>(status.st_size),
                                            static_cast<std::uint64_t>(nanoseconds{modified}.count()),
                                            static_cast<std::uint64_t>(status.st_ino)),
                        .last_modified = {}};
  // A date in the future must not be sent (RFC 9110 §8.8.2.1).
  if (const sys_seconds date{floor<seconds>(modified)}; date <= system_clock::now()) validators.last_modified = date;
  return validators;
}

/// The name as a relative reference, `./` in front so that a colon in it is no scheme (RFC 3986 §4.2).
std::string folder_reference(std::string_view path) {
  std::string out = "./";
  for (const char c : path.substr(path.rfind('/') + 1)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out + '/';
}

HttpResponse respond_file(const HttpRequest& request, FileDescriptor file, const struct stat& status,
                          std::string_view content_type, const std::string& cache_control) {
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const Validators validators = validators_of(status);
  const ConditionResult condition = evaluate_conditions(request, validators);
  if (condition == ConditionResult::failed) {
    return HttpResponse::refusal(412, "precondition_failed", "The file is not the one that was asked for.");
  }
  HttpResponse response;
  response.headers.add("ETag", validators.etag);
  if (validators.last_modified) response.headers.add("Last-Modified", format_http_date(*validators.last_modified));
  if (!cache_control.empty()) response.headers.add("Cache-Control", cache_control);
  if (condition == ConditionResult::not_modified) {
    response.status = 304;
    return response;
  }
  RangeSelection selection;
  if (request.method == "GET" && allows_range(request, validators)) {
    selection = select_range(request.headers.get("Range"), size);
  }
  if (selection.kind == RangeSelection::Kind::unsatisfiable) {
    HttpResponse refusal =
        HttpResponse::refusal(416, "range_not_satisfiable", "The file has no bytes in the range that was asked for.");
    refusal.headers.add("Content-Range", unsatisfied_content_range(size));
    return refusal;
  }
  response.headers.add("Content-Type", std::string{content_type});
  response.headers.add("Accept-Ranges", "bytes");
  ByteRange range{.offset = 0, .length = size};
  if (selection.kind == RangeSelection::Kind::partial) {
    range = selection.range;
    response.status = 206;
    response.headers.add("Content-Range", content_range(range, size));
  }
  response.file = FileBody{.descriptor = file.release(), .offset = range.offset, .length = range.length};
  return response;
}

}  // namespace

Result<StaticFiles> StaticFiles::open(const std::string& root, StaticFilesOptions options) {
  FileDescriptor folder{::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!folder) {
    const int error = errno;
    return fail(std::error_code{error, std::generic_category()},
                fmt::format("The folder {} can't be opened: {}.", root, std::strerror(error)));
  }
  return StaticFiles{std::move(folder), std::move(options)};
}

HttpResponse StaticFiles::respond(const HttpRequest& request, std::string_view path,
                                  std::string_view content_type) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse refusal = HttpResponse::refusal(405, "method_not_allowed", "Files can only be read.");
    refusal.headers.add("Allow", "GET, HEAD");
    return refusal;
  }
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  if (has_dot_name(path)) return not_found();
  auto file = open_beneath(root_.get(), std::string{path});
  if (!file) return open_failure(file.error());
  struct stat status{};
  if (::fstat(file->get(), &status) != 0) return open_failure(errno);
  if (S_ISDIR(status.st_mode)) return respond_folder(request, std::string{path});
  if (!S_ISREG(status.st_mode)) return not_found();
  return respond_file(request, *std::move(file), status, content_type.empty() ? mime_type(path) : content_type,
                      options_.cache_control);
}

HttpResponse StaticFiles::respond_folder(const HttpRequest& request, std::string path) const {
  if (options_.index_name.empty()) return not_found();
  if (!path.empty() && !path.ends_with('/')) path += '/';
  path += options_.index_name;
  auto file = open_beneath(root_.get(), path);
  if (!file) return open_failure(file.error());
  struct stat status{};
  if (::fstat(file->get(), &status) != 0) return open_failure(errno);
  if (!S_ISREG(status.st_mode)) return not_found();
  if (!request.path.ends_with('/')) {  // else the page's relative links would miss the folder's name
    HttpResponse redirect;
    redirect.status = 308;
    redirect.headers.add("Location", folder_reference(request.path));
    return redirect;
  }
  return respond_file(request, *std::move(file), status, mime_type(path), options_.cache_control);
}

}  // namespace pulso::net

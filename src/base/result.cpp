#include "base/result.h"

namespace pulso {
namespace {

class PulsoCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "pulso"; }
  std::string message(int value) const override {
    switch (static_cast<Errc>(value)) {
      case Errc::invalid_argument:
        return "The request has a value that is not allowed.";
      case Errc::unauthorized:
        return "A valid credential is needed.";
      case Errc::forbidden:
        return "This credential may not do that.";
      case Errc::not_found:
        return "There is no such thing.";
      case Errc::conflict:
        return "The state has changed in the meantime.";
      case Errc::too_large:
        return "The request is larger than allowed.";
      case Errc::rate_limited:
        return "Too many requests; slow down.";
      case Errc::unavailable:
        return "The service is not available at the moment; try again.";
      case Errc::cancelled:
        return "The request was cancelled.";
      case Errc::internal:
        return "Something went wrong on the server.";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& pulso_category() noexcept {
  static const PulsoCategory category;
  return category;
}

}  // namespace pulso

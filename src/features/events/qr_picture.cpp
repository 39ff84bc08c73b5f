#include "features/events/qr_picture.h"

#include <cstdint>
#include <memory>
#include <png.h>
#include <qrencode.h>
#include <vector>

namespace pulso::events {
namespace {

constexpr int quiet_zone = 4;      ///< modules
constexpr int module_pixels = 10;  ///< of the PNG

struct CodeDeleter {
  void operator()(QRcode* code) const noexcept { QRcode_free(code); }
};

/// Where the dark modules are, with the quiet zone around them.
class Modules {
 public:
  static Result<Modules> of(std::string_view text) {
    std::unique_ptr<QRcode, CodeDeleter> code{QRcode_encodeString8bit(std::string{text}.c_str(), 0, QR_ECLEVEL_M)};
    if (!code) return fail(Errc::internal, "the text does not fit into a QR code");
    return Modules{std::move(code)};
  }
  [[nodiscard]] int width() const noexcept { return code_->width + 2 * quiet_zone; }
  [[nodiscard]] bool is_dark(int x, int y) const noexcept {
    x -= quiet_zone;
    y -= quiet_zone;
    if (x < 0 || y < 0 || x >= code_->width || y >= code_->width) return false;
    return (code_->data[y * code_->width + x] & 1) != 0;
  }

 private:
  explicit Modules(std::unique_ptr<QRcode, CodeDeleter> code) : code_(std::move(code)) {}

  std::unique_ptr<QRcode, CodeDeleter> code_;
};

}  // namespace

std::string qr_text(const Qr& qr) {
  std::string text = "pulso://qr/" + qr.id.value() + "?";
  if (qr.amount.units > 0) text += "amount=" + amount_text(qr.amount, qr.currency) + "&";
  return text + "currency=" + qr.currency;
}

Result<std::string> draw_qr_svg(std::string_view text) {
  auto modules = Modules::of(text);
  if (!modules) return fail(modules);
  const std::string width = std::to_string(modules->width());
  std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + width + " " + width +
                    R"(" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h)" + width + "v" + width + "H0z\"/>" +
                    R"(<path d=")";
  for (int y = 0; y < modules->width(); ++y) {
    for (int x = 0; x < modules->width(); ++x) {
      if (!modules->is_dark(x, y)) continue;
      int run = 1;
      while (modules->is_dark(x + run, y)) ++run;
      svg += "M" + std::to_string(x) + " " + std::to_string(y) + "h" + std::to_string(run) + "v1h-" +
             std::to_string(run) + "z";
      x += run;
    }
  }
  return svg + "\"/></svg>";
}

Result<std::string> draw_qr_png(std::string_view text) {
  auto modules = Modules::of(text);
  if (!modules) return fail(modules);
  const auto width = static_cast<std::size_t>(modules->width() * module_pixels);
  std::vector<std::uint8_t> pixels(width * width);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const auto x = static_cast<int>(i % width) / module_pixels, y = static_cast<int>(i / width) / module_pixels;
    pixels[i] = modules->is_dark(x, y) ? 0x00 : 0xff;
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = static_cast<png_uint_32>(width);
  image.format = PNG_FORMAT_GRAY;
  std::string png(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  png_alloc_size_t bytes = png.size();
  if (png_image_write_to_memory(&image, png.data(), &bytes, 0, pixels.data(), 0, nullptr) == 0) {
    return fail(Errc::internal, image.message);
  }
  png.resize(bytes);
  return png;
}

}  // namespace pulso::events

#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "features/events/ledger.h"

namespace pulso::events {

/// What a phone reads from the picture: `pulso://qr/25090601016617035877?amount=100.50&currency=BOB`. Without an amount
/// where the payer chooses it and none is suggested.
[[nodiscard]] std::string qr_text(const Qr& qr);

/// The text as a QR code (ISO/IEC 18004) of medium error correction, black on white within the quiet zone of four
/// modules that readers need.
[[nodiscard]] Result<std::string> draw_qr_svg(std::string_view text);
[[nodiscard]] Result<std::string> draw_qr_png(std::string_view text);

}  // namespace pulso::events

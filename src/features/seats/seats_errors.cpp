#include "features/seats/seats_errors.h"

#include <array>

#include "base/error_table.h"
#include "ops/log.h"

namespace pulso::seats {
namespace {

using Entry = ErrorEntry<SeatsErrc>;

constexpr ErrorTable entries{std::array{
    Entry{SeatsErrc::bad_json, "bad_json", 400, "El mensaje no es JSON válido."},
    Entry{SeatsErrc::bad_message, "bad_message", 422, "Falta un campo del mensaje o su valor no es válido."},
    Entry{SeatsErrc::unknown_type, "unknown_type", 422, "Tipo de mensaje desconocido."},
    Entry{SeatsErrc::not_in_room, "not_in_room", 409, "Primero hay que unirse a la sala."},
    Entry{SeatsErrc::not_owner, "not_owner", 409, "El asiento no está seleccionado por este cliente."},
    Entry{SeatsErrc::seat_taken, "seat_taken", 409, "El asiento ya está seleccionado por otra persona."},
    Entry{SeatsErrc::seat_sold, "seat_sold", 409, "El asiento ya está vendido."},
    Entry{SeatsErrc::seat_blocked, "seat_blocked", 409, "El asiento está bloqueado."},
    Entry{SeatsErrc::unknown_seat, "unknown_seat", 404, "La sala no tiene ese asiento."},
    Entry{SeatsErrc::unknown_room, "unknown_room", 404, "La sala no existe."},
    Entry{SeatsErrc::room_closed, "room_closed", 409, "La sala no está abierta en este momento."},
    Entry{SeatsErrc::seat_limit, "seat_limit", 409, "Se alcanzó el máximo de asientos por cliente."},
    Entry{SeatsErrc::room_limit, "room_limit", 409, "Se alcanzó el máximo de salas por cliente."},
    Entry{SeatsErrc::renew_limit, "renew_limit", 409, "La selección ya no se puede renovar más."},
    Entry{SeatsErrc::forbidden, "forbidden", 403, "No hay permiso para hacer eso."},
    Entry{SeatsErrc::unavailable, "unavailable", 503, "El servicio no está disponible; intente de nuevo."},
    Entry{SeatsErrc::rate_limited, "rate_limited", 429, "Demasiados mensajes; espere un momento."},
    Entry{SeatsErrc::unauthorized, "unauthorized", 401, "Se necesita una credencial válida."},
    Entry{SeatsErrc::conflict, "conflict", 409, "La referencia ya se usó para otros asientos."},
    Entry{SeatsErrc::not_found, "not_found", 404, "El asiento no está vendido."},
}};

}  // namespace

std::string_view wire_code(SeatsErrc code) noexcept {
  return entries[code].wire;
}

std::optional<SeatsErrc> errc_of(std::string_view wire) noexcept {
  for (const Entry& entry : entries) {
    if (entry.wire == wire) return entry.code;
  }
  return std::nullopt;
}

int http_status(SeatsErrc code) noexcept {
  return entries[code].status;
}

std::string_view message_text(SeatsErrc code) noexcept {
  return entries[code].text;
}

std::unexpected<Refusal> refuse(const Error& error) {
  if (error.code == make_error_code(Errc::unauthorized)) return refuse(SeatsErrc::unauthorized);
  if (error.code == make_error_code(Errc::forbidden)) return refuse(SeatsErrc::forbidden);
  ops::log_warning("seats", "an engine refused work", {{"error", error.message}});
  return refuse(SeatsErrc::unavailable);
}

}  // namespace pulso::seats

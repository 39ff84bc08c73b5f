// What shops, banks and publishers send to the events system: parsed or refused with a field's name, and what is taken
// keeps to the bounds.
#include "features/events/events_bodies.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "features/events/bank_signature.h"
#include "features/events/ledger_bodies.h"
#include "features/events/ledger_events.h"

namespace {

using namespace pulso::events;

const BankSignature& bank() {
  static const BankSignature signature{"secret"};
  return signature;
}

template <class T>
void check(const Outcome<T>& outcome) {
  if (!outcome && outcome.error().code == EventsErrc::bad_message && outcome.error().field.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const pulso::WallTime now{pulso::milliseconds{1'700'000'000'000}};
  const auto qr = parse_qr_body(bytes, "BOB", now);
  check(qr);
  if (qr) {
    if (qr->amount.units < 0 || qr->amount > amount_max || !is_currency(qr->currency)) std::abort();
    // What is said of an amount reads back as the same.
    if (parse_amount(amount_json(qr->amount, qr->currency), qr->currency) != qr->amount) std::abort();
  }
  const auto payment = parse_payment_body(bytes);
  check(payment);
  if (payment && (payment->transaction_id.empty() || payment->transaction_id.size() > ledger_id_bytes_max))
    std::abort();
  check(parse_settlement_body(bytes));
  check(parse_refund_body(bytes, "KWD"));
  const auto published = parse_publish_body(bytes);
  check(published);
  if (published && (published->publications.empty() || published->publications.size() > publish_events_max)) {
    std::abort();
  }
  // Nobody guesses a signature.
  if (bank().check(bytes, "POST", "/qr/1/payments", "{}", now) == BankSignature::Verdict::good) std::abort();
  return 0;
}

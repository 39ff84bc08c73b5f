#include "features/events/ledger_service.h"

#include <charconv>
#include <limits>
#include <span>

#include "base/random.h"
#include "features/events/ledger_events.h"
#include "features/events/ledger_rules.h"
#include "features/events/log_writer.h"

namespace pulso::events {

using store::Session;

namespace {

constexpr std::size_t due_count = 100;  ///< QRs that expire at once
constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view payment_description = "Pago QR recibido";
constexpr std::string_view refund_description = "Devolución de pago QR";

/// A movement's number as a page names it; nothing is behind a text that is none.
std::int64_t number_before(const std::string& text) {
  if (text.empty()) return newest;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

/// The QR as it is while its account is locked by `log`.
Outcome<Qr> own_qr(LedgerStore& store, const AccountId& account, const QrId& id) {
  auto qr = store.find_qr(id);
  if (!qr || qr->account != account) return refuse(EventsErrc::unknown_qr);
  return *std::move(qr);
}

/// Writes the QR's new status down, with its event; nothing where it stays as it is.
void change_status(LedgerStore& store, LogWriter& log, Qr& qr, QrStatus status, std::string_view source) {
  const QrStatus previous = std::exchange(qr.status, status);
  store.update(qr);
  if (previous != status) log.append_own(qr_status_change_event(qr, previous, source, log.next_ms()));
}

Outcome<ReceivedPayment> receive(Session& session, Qr qr, PaymentOrder order, WallTime now) {
  LedgerStore store{session};
  LogWriter log{session, qr.account, now};
  qr = store.find_qr(qr.id).value();
  if (auto known = store.find_payment(qr.account, order.transaction_id)) {
    if (!is_same_payment(*known, qr.id, order)) return refuse(EventsErrc::transaction_conflict, "transactionId");
    return ReceivedPayment{.payment = *std::move(known), .is_duplicate = true};
  }
  const auto status = status_after_payment(qr, order, now);
  if (!status) return std::unexpected{status.error()};
  LedgerAccount account = store.find_account(qr.account).value();
  if (account.balance + order.amount > amount_max) return refuse(EventsErrc::balance_limit, "amount");

  if (!order.paid_at) order.paid_at = now;
  Movement movement = move_balance(account, MovementType::qr_payment, order.amount, now);
  movement.qr = qr.id;
  movement.transaction_id = order.transaction_id;
  movement.counter_book = "bank:" + order.sender_bank_code;
  movement.description = payment_description;
  const Payment payment{.order = std::move(order),
                        .qr = qr.id,
                        .movement = movement.number,
                        .new_status = *status,
                        .new_balance = account.balance,
                        .refunded = {}};
  store.update(account);
  store.insert(qr.account, movement);
  store.insert(qr.account, payment);
  qr.paid = qr.paid + payment.order.amount;
  ++qr.payments;
  log.append_own(qr_payment_event(qr, payment));
  change_status(store, log, qr, *status, "payment");
  log.append_own(balance_update_event(account, movement, log.next_ms()));
  log.finish();
  return ReceivedPayment{.payment = payment};
}

Outcome<MadeRefund> give_back(Session& session, const Qr& qr, RefundOrder order, WallTime now) {
  LedgerStore store{session};
  LogWriter log{session, qr.account, now};
  auto payment = store.find_payment(qr.account, order.transaction_id);
  if (!payment || payment->qr != qr.id) return refuse(EventsErrc::unknown_payment);
  if (const auto known = order.refund_id.empty() ? std::nullopt : store.find_refund(qr.account, order.refund_id)) {
    const bool is_same =
        known->transaction_id == order.transaction_id && (!order.amount || *order.amount == -known->amount);
    if (!is_same) return refuse(EventsErrc::transaction_conflict, "refundId");
    return MadeRefund{.movement = *known, .refunded = payment->refunded, .is_duplicate = true};
  }
  LedgerAccount account = store.find_account(qr.account).value();
  const auto amount = amount_to_refund(*payment, order, account);
  if (!amount) return std::unexpected{amount.error()};

  Movement movement = move_balance(account, MovementType::qr_refund, -*amount, now);
  movement.qr = qr.id;
  movement.transaction_id = std::move(order.transaction_id);
  movement.refund_id = order.refund_id.empty() ? "RF_" + random_token() : std::move(order.refund_id);
  movement.counter_book = "bank:" + payment->order.sender_bank_code;
  movement.description = order.description.empty() ? std::string{refund_description} : std::move(order.description);
  payment->refunded = payment->refunded + *amount;
  store.update(account);
  store.insert(qr.account, movement);
  store.update(qr.account, *payment);
  log.append_own(balance_update_event(account, movement, log.next_ms()));
  log.finish();
  return MadeRefund{.movement = std::move(movement), .refunded = payment->refunded};
}

}  // namespace

template <class T, class Work>
LedgerService::Answer<T> LedgerService::transact(Work work, store::Durability durability) {
  auto done = co_await d_.database.transact<Outcome<T>>(
      [work = std::move(work)](Session& session) { return Result<Outcome<T>>{std::in_place, work(session)}; },
      durability);
  if (!done) co_return refuse(done.error());
  co_return *std::move(done);
}

template <class T, class Work>
LedgerService::Answer<T> LedgerService::read(Work work) {
  return transact<T>(std::move(work), store::Durability::reads_only);
}

LedgerService::Answer<LedgerAccount> LedgerService::account(AccountId account) {
  co_return co_await read<LedgerAccount>(
      [account, currency = d_.default_currency](Session& session) -> Outcome<LedgerAccount> {
        auto found = LedgerStore{session}.find_account(account);
        if (found) return *std::move(found);
        return LedgerAccount{.id = account, .currency = currency, .balance = {}, .available = {}};
      });
}

LedgerService::Answer<std::vector<Movement>> LedgerService::movements(AccountId account, Page page) {
  using All = std::vector<Movement>;
  co_return co_await read<All>([account, page](Session& session) -> Outcome<All> {
    return LedgerStore{session}.list_movements(account, number_before(page.before), page.count);
  });
}

LedgerService::Answer<Qr> LedgerService::qr(QrId id) {
  co_return co_await read<Qr>([id](Session& session) -> Outcome<Qr> {
    auto found = LedgerStore{session}.find_qr(id);
    if (!found) return refuse(EventsErrc::unknown_qr);
    return *std::move(found);
  });
}

LedgerService::Answer<std::vector<Qr>> LedgerService::qrs(AccountId account, std::optional<QrStatus> status,
                                                          Page page) {
  using All = std::vector<Qr>;
  co_return co_await read<All>([account, status, page](Session& session) -> Outcome<All> {
    LedgerStore store{session};
    std::int64_t before = newest;
    if (!page.before.empty()) {
      const auto last = own_qr(store, account, parse_qr_id(page.before));
      if (!last) return std::unexpected{last.error()};
      before = last->number;
    }
    return store.list_qrs(account, status, before, page.count);
  });
}

LedgerService::Answer<std::vector<Payment>> LedgerService::payments(AccountId account, QrId id, std::size_t count) {
  using All = std::vector<Payment>;
  co_return co_await read<All>([account, id, count](Session& session) -> Outcome<All> {
    LedgerStore store{session};
    if (const auto qr = own_qr(store, account, id); !qr) return std::unexpected{qr.error()};
    return store.list_payments(id, 0, count);
  });
}

LedgerService::Answer<std::vector<Payment>> LedgerService::payments(AccountId account, Page page) {
  using All = std::vector<Payment>;
  co_return co_await read<All>([account, page](Session& session) -> Outcome<All> {
    return LedgerStore{session}.list_payments(account, number_before(page.before), page.count);
  });
}

LedgerService::Answer<QrChange> LedgerService::create_qr(Qr asked) {
  const AccountId account = asked.account;
  asked.created = d_.clock.now();
  std::uint64_t random = 0;
  fill_random(std::as_writable_bytes(std::span{&random, 1}));
  asked.id = make_qr_id(asked.created, random);
  auto created = co_await transact<QrChange>([asked](Session& session) -> Outcome<QrChange> {
    LedgerStore store{session};
    LogWriter log{session, asked.account, asked.created};
    Qr qr = asked;
    if (qr.transaction_id.empty()) {
      qr.transaction_id = "TXN_" + qr.id.value();
    } else if (auto known = store.find_sale(qr.account, qr.transaction_id)) {
      if (!is_same_qr(*known, qr)) return refuse(EventsErrc::transaction_conflict, "transactionId");
      return QrChange{.qr = *std::move(known), .is_duplicate = true};
    }
    auto owner = store.find_account(qr.account);
    if (owner && owner->currency != qr.currency) return refuse(EventsErrc::wrong_currency, "currency");
    if (!owner) {
      owner = LedgerAccount{.id = qr.account, .currency = qr.currency, .balance = {}, .available = {}};
      store.insert(*owner, qr.created);
    }
    qr.number = ++owner->qrs;
    store.update(*owner);
    store.insert(qr);
    log.append_own(qr_created_event(qr));
    log.finish();
    return QrChange{.qr = std::move(qr)};
  });
  announce(created, account);
  co_return created;
}

LedgerService::Answer<QrChange> LedgerService::cancel(AccountId account, QrId id) {
  auto changed =
      co_await transact<QrChange>([account, id, now = d_.clock.now()](Session& session) -> Outcome<QrChange> {
        LedgerStore store{session};
        if (const auto qr = own_qr(store, account, id); !qr) return std::unexpected{qr.error()};
        LogWriter log{session, account, now};
        auto qr = own_qr(store, account, id);
        if (!qr) return std::unexpected{qr.error()};
        const auto status = status_after_cancellation(*qr, now);
        if (!status) return std::unexpected{status.error()};
        if (qr->status == *status) return QrChange{.qr = *std::move(qr), .is_duplicate = true};
        change_status(store, log, *qr, *status, "merchant");
        log.finish();
        return QrChange{.qr = *std::move(qr)};
      });
  announce(changed, account);
  co_return changed;
}

LedgerService::Answer<Qr> LedgerService::settle(QrId id, std::string source) {
  auto changed =
      co_await transact<Qr>([id, source = std::move(source), now = d_.clock.now()](Session& session) -> Outcome<Qr> {
        LedgerStore store{session};
        auto qr = store.find_qr(id);
        if (!qr) return refuse(EventsErrc::unknown_qr);
        LogWriter log{session, qr->account, now};
        qr = store.find_qr(id);
        const auto status = status_after_settlement(*qr);
        if (!status) return std::unexpected{status.error()};
        change_status(store, log, *qr, *status, source);
        log.finish();
        return *std::move(qr);
      });
  if (changed) d_.feeds.announce(changed->account);
  co_return changed;
}

LedgerService::Answer<ReceivedPayment> LedgerService::pay(QrId id, PaymentOrder order) {
  auto found = co_await qr(id);
  if (!found) co_return std::unexpected{found.error()};
  auto received =
      co_await transact<ReceivedPayment>([qr = *found, order = std::move(order), now = d_.clock.now()](
                                             Session& session) { return receive(session, qr, order, now); });
  announce(received, found->account);
  co_return received;
}

LedgerService::Answer<MadeRefund> LedgerService::refund(AccountId account, QrId id, RefundOrder order) {
  auto made = co_await transact<MadeRefund>(
      [account, id, order = std::move(order), now = d_.clock.now()](Session& session) -> Outcome<MadeRefund> {
        LedgerStore store{session};
        const auto qr = own_qr(store, account, id);
        if (!qr) return std::unexpected{qr.error()};
        return give_back(session, *qr, order, now);
      });
  announce(made, account);
  co_return made;
}

LedgerService::Answer<bool> LedgerService::expire(QrId id) {
  auto expired = co_await transact<Qr>([id, now = d_.clock.now()](Session& session) -> Outcome<Qr> {
    LedgerStore store{session};
    auto qr = store.find_qr(id);
    if (!qr) return refuse(EventsErrc::unknown_qr);
    LogWriter log{session, qr->account, now};
    qr = store.find_qr(id);
    if (!is_due(*qr, now)) return refuse(EventsErrc::qr_not_active);
    change_status(store, log, *qr, QrStatus::expired, "due_date");
    log.finish();
    return *std::move(qr);
  });
  if (!expired && expired.error().code == EventsErrc::unavailable) co_return std::unexpected{expired.error()};
  if (expired) d_.feeds.announce(expired->account);
  co_return expired.has_value();
}

LedgerService::Answer<std::size_t> LedgerService::expire_due() {
  using All = std::vector<QrId>;
  const auto due = co_await read<All>([now = d_.clock.now()](Session& session) -> Outcome<All> {
    return LedgerStore{session}.list_due(now, due_count);
  });
  if (!due) co_return std::unexpected{due.error()};
  std::size_t count = 0;
  for (const QrId& id : *due) {
    const auto expired = co_await expire(id);
    if (!expired) co_return std::unexpected{expired.error()};
    if (*expired) ++count;
  }
  co_return count;
}

}  // namespace pulso::events

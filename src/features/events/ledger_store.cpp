#include "features/events/ledger_store.h"

#include <soci/soci.h>

namespace pulso::events {
namespace {

using Row = soci::row;
using Rows = soci::rowset<Row>;

const std::string qr_columns =
    "qr, account, number, transaction_id, amount, currency, description, due_ms, single_use, modify_amount, status, "
    "paid, payments, created_ms";
const std::string payment_columns =
    "transaction_id, qr, amount, currency, sender_name, sender_document_id, sender_account, sender_bank_code, "
    "description, paid_ms, movement, new_status, new_balance, refunded";
const std::string movement_columns =
    "number, type, amount, currency, previous_balance, new_balance, previous_available, new_available, qr, "
    "transaction_id, refund_id, counter_book, description, at_ms";

/// Takes the columns of a row one after the other.
class Columns {
 public:
  explicit Columns(const Row& row) : row_(row) {}
  std::string text() { return row_.get<std::string>(next_++); }
  long long number() { return row_.get<long long>(next_++); }
  Amount amount() { return {number()}; }
  WallTime time() { return WallTime{milliseconds{number()}}; }
  bool flag() { return number() != 0; }

 private:
  const Row& row_;
  std::size_t next_ = 0;
};

long long ms_of(WallTime time) {
  return time.time_since_epoch().count();
}

/// A due date of a QR that has none is stored as 0.
long long due_ms_of(const Qr& qr) {
  return qr.due ? ms_of(*qr.due) : 0;
}

Qr qr_of(const Row& row) {
  Columns columns{row};
  Qr qr;
  qr.id = QrId{columns.text()};
  qr.account = AccountId{columns.text()};
  qr.number = columns.number();
  qr.transaction_id = columns.text();
  qr.amount = columns.amount();
  qr.currency = columns.text();
  qr.description = columns.text();
  if (const WallTime due = columns.time(); due != WallTime{}) qr.due = due;
  qr.single_use = columns.flag();
  qr.modify_amount = columns.flag();
  qr.status = parse_status(columns.text()).value();
  qr.paid = columns.amount();
  qr.payments = columns.number();
  qr.created = columns.time();
  return qr;
}

Payment payment_of(const Row& row) {
  Columns columns{row};
  Payment payment;
  PaymentOrder& order = payment.order;
  order.transaction_id = columns.text();
  payment.qr = QrId{columns.text()};
  order.amount = columns.amount();
  order.currency = columns.text();
  order.sender_name = columns.text();
  order.sender_document_id = columns.text();
  order.sender_account = columns.text();
  order.sender_bank_code = columns.text();
  order.description = columns.text();
  order.paid_at = columns.time();
  payment.movement = columns.number();
  payment.new_status = parse_status(columns.text()).value();
  payment.new_balance = columns.amount();
  payment.refunded = columns.amount();
  return payment;
}

Movement movement_of(const Row& row) {
  Columns columns{row};
  Movement movement;
  movement.number = columns.number();
  movement.type =
      columns.text() == movement_text(MovementType::qr_payment) ? MovementType::qr_payment : MovementType::qr_refund;
  movement.amount = columns.amount();
  movement.currency = columns.text();
  movement.previous_balance = columns.amount();
  movement.new_balance = columns.amount();
  movement.previous_available = columns.amount();
  movement.new_available = columns.amount();
  movement.qr = QrId{columns.text()};
  movement.transaction_id = columns.text();
  movement.refund_id = columns.text();
  movement.counter_book = columns.text();
  movement.description = columns.text();
  movement.at = columns.time();
  return movement;
}

/// All rows, so that nothing of the read is left open.
template <class Value>
std::vector<Value> values_of(const Rows& rows, Value (*value_of)(const Row&)) {
  std::vector<Value> values;
  for (const Row& row : rows) values.push_back(value_of(row));
  return values;
}

template <class Value>
std::optional<Value> value_of(const Rows& rows, Value (*read)(const Row&)) {
  std::vector<Value> values = values_of(rows, read);
  if (values.empty()) return std::nullopt;
  return std::move(values.front());
}

}  // namespace

std::optional<LedgerAccount> LedgerStore::find_account(const AccountId& account) {
  LedgerAccount found{.id = account, .currency = {}, .balance = {}, .available = {}};
  long long balance = 0, available = 0, movements = 0, qrs = 0;
  session_.sql() << "SELECT currency, balance, available, movements, qrs FROM ledger_accounts WHERE account = :account",
      soci::use(account.value()), soci::into(found.currency), soci::into(balance), soci::into(available),
      soci::into(movements), soci::into(qrs);
  if (!session_.sql().got_data()) return std::nullopt;
  found.balance = {balance};
  found.available = {available};
  found.movements = movements;
  found.qrs = qrs;
  return found;
}

void LedgerStore::insert(const LedgerAccount& account, WallTime now) {
  const long long created = ms_of(now);
  session_.sql() << "INSERT INTO ledger_accounts (account, currency, balance, available, movements, qrs, created_ms) "
                    "VALUES (:account, :currency, 0, 0, 0, 0, :created)",
      soci::use(account.id.value()), soci::use(account.currency), soci::use(created);
}

void LedgerStore::update(const LedgerAccount& account) {
  const long long balance = account.balance.units, available = account.available.units;
  const long long movements = account.movements, qrs = account.qrs;
  session_.sql() << "UPDATE ledger_accounts SET balance = :balance, available = :available, movements = :movements, "
                    "qrs = :qrs WHERE account = :account",
      soci::use(balance), soci::use(available), soci::use(movements), soci::use(qrs), soci::use(account.id.value());
}

std::optional<Qr> LedgerStore::find_qr(const QrId& qr) {
  const Rows rows =
      (session_.sql().prepare << "SELECT " + qr_columns + " FROM ledger_qrs WHERE qr = :qr", soci::use(qr.value()));
  return value_of(rows, qr_of);
}

std::optional<Qr> LedgerStore::find_sale(const AccountId& account, const std::string& transaction_id) {
  const Rows rows = (session_.sql().prepare << "SELECT " + qr_columns +
                                                   " FROM ledger_qrs WHERE account = :account AND transaction_id = :id",
                     soci::use(account.value()), soci::use(transaction_id));
  return value_of(rows, qr_of);
}

std::vector<Qr> LedgerStore::list_qrs(const AccountId& account, std::optional<QrStatus> status, std::int64_t before,
                                      std::size_t count) {
  const long long below = before;
  const auto limit = static_cast<long long>(count);
  const std::string wanted{status ? status_text(*status) : std::string_view{}};
  const Rows rows =
      (session_.sql().prepare << "SELECT " + qr_columns +
                                     " FROM ledger_qrs WHERE account = :account AND number < :below AND "
                                     "(:wanted = '' OR status = :status) ORDER BY number DESC LIMIT :count",
       soci::use(account.value(), "account"), soci::use(below, "below"), soci::use(wanted, "wanted"),
       soci::use(wanted, "status"), soci::use(limit, "count"));
  return values_of(rows, qr_of);
}

std::vector<QrId> LedgerStore::list_due(WallTime now, std::size_t count) {
  const long long now_ms = ms_of(now);
  const auto limit = static_cast<long long>(count);
  std::vector<QrId> due;
  const soci::rowset<std::string> ids =
      (session_.sql().prepare << "SELECT qr FROM ledger_qrs WHERE status = 'active' AND due_ms > 0 AND due_ms <= :now "
                                 "ORDER BY due_ms LIMIT :count",
       soci::use(now_ms), soci::use(limit));
  for (const std::string& id : ids) due.emplace_back(id);
  return due;
}

void LedgerStore::insert(const Qr& qr) {
  const long long number = qr.number, amount = qr.amount.units, due = due_ms_of(qr), single_use = qr.single_use;
  const long long modify_amount = qr.modify_amount, paid = qr.paid.units, payments = qr.payments;
  const long long created = ms_of(qr.created);
  const std::string status{status_text(qr.status)};
  session_.sql() << "INSERT INTO ledger_qrs (" + qr_columns +
                        ") VALUES (:qr, :account, :number, :transaction, :amount, :currency, :description, :due, "
                        ":single, :modify, :status, :paid, :payments, :created)",
      soci::use(qr.id.value()), soci::use(qr.account.value()), soci::use(number), soci::use(qr.transaction_id),
      soci::use(amount), soci::use(qr.currency), soci::use(qr.description), soci::use(due), soci::use(single_use),
      soci::use(modify_amount), soci::use(status), soci::use(paid), soci::use(payments), soci::use(created);
}

void LedgerStore::update(const Qr& qr) {
  const std::string status{status_text(qr.status)};
  const long long paid = qr.paid.units, payments = qr.payments;
  session_.sql() << "UPDATE ledger_qrs SET status = :status, paid = :paid, payments = :payments WHERE qr = :qr",
      soci::use(status), soci::use(paid), soci::use(payments), soci::use(qr.id.value());
}

std::optional<Payment> LedgerStore::find_payment(const AccountId& account, const std::string& transaction_id) {
  const Rows rows =
      (session_.sql().prepare << "SELECT " + payment_columns +
                                     " FROM ledger_payments WHERE account = :account AND transaction_id = :id",
       soci::use(account.value()), soci::use(transaction_id));
  return value_of(rows, payment_of);
}

std::vector<Payment> LedgerStore::list_payments(const QrId& qr, std::int64_t after, std::size_t count) {
  const long long above = after;
  const auto limit = static_cast<long long>(count);
  const Rows rows = (session_.sql().prepare << "SELECT " + payment_columns +
                                                   " FROM ledger_payments WHERE qr = :qr AND movement > :above "
                                                   "ORDER BY movement LIMIT :count",
                     soci::use(qr.value()), soci::use(above), soci::use(limit));
  return values_of(rows, payment_of);
}

std::vector<Payment> LedgerStore::list_payments(const AccountId& account, std::int64_t before, std::size_t count) {
  const long long below = before;
  const auto limit = static_cast<long long>(count);
  const Rows rows =
      (session_.sql().prepare << "SELECT " + payment_columns +
                                     " FROM ledger_payments WHERE account = :account AND movement < :below "
                                     "ORDER BY movement DESC LIMIT :count",
       soci::use(account.value()), soci::use(below), soci::use(limit));
  return values_of(rows, payment_of);
}

void LedgerStore::insert(const AccountId& account, const Payment& payment) {
  const PaymentOrder& order = payment.order;
  const long long amount = order.amount.units, paid = ms_of(order.paid_at.value_or(WallTime{}));
  const long long movement = payment.movement, balance = payment.new_balance.units, refunded = payment.refunded.units;
  const std::string status{status_text(payment.new_status)};
  session_.sql() << "INSERT INTO ledger_payments (account, " + payment_columns +
                        ") VALUES (:account, :transaction, :qr, :amount, :currency, :name, :document, :sender, :bank, "
                        ":description, :paid, :movement, :status, :balance, :refunded)",
      soci::use(account.value()), soci::use(order.transaction_id), soci::use(payment.qr.value()), soci::use(amount),
      soci::use(order.currency), soci::use(order.sender_name), soci::use(order.sender_document_id),
      soci::use(order.sender_account), soci::use(order.sender_bank_code), soci::use(order.description), soci::use(paid),
      soci::use(movement), soci::use(status), soci::use(balance), soci::use(refunded);
}

void LedgerStore::update(const AccountId& account, const Payment& payment) {
  const long long refunded = payment.refunded.units;
  session_.sql() << "UPDATE ledger_payments SET refunded = :refunded WHERE account = :account AND "
                    "transaction_id = :transaction",
      soci::use(refunded), soci::use(account.value()), soci::use(payment.order.transaction_id);
}

std::optional<Movement> LedgerStore::find_refund(const AccountId& account, const std::string& refund_id) {
  const Rows rows =
      (session_.sql().prepare << "SELECT " + movement_columns +
                                     " FROM ledger_movements WHERE account = :account AND refund_id = :id",
       soci::use(account.value()), soci::use(refund_id));
  return value_of(rows, movement_of);
}

std::vector<Movement> LedgerStore::list_movements(const AccountId& account, std::int64_t before, std::size_t count) {
  const long long below = before;
  const auto limit = static_cast<long long>(count);
  const Rows rows = (session_.sql().prepare << "SELECT " + movement_columns +
                                                   " FROM ledger_movements WHERE account = :account AND "
                                                   "number < :below ORDER BY number DESC LIMIT :count",
                     soci::use(account.value()), soci::use(below), soci::use(limit));
  return values_of(rows, movement_of);
}

void LedgerStore::insert(const AccountId& account, const Movement& movement) {
  const long long number = movement.number, amount = movement.amount.units, at = ms_of(movement.at);
  const long long previous_balance = movement.previous_balance.units, new_balance = movement.new_balance.units;
  const long long previous_available = movement.previous_available.units, new_available = movement.new_available.units;
  const std::string type{movement_text(movement.type)};
  session_.sql() << "INSERT INTO ledger_movements (account, " + movement_columns +
                        ") VALUES (:account, :number, :type, :amount, :currency, :previous, :new, :previous_available, "
                        ":new_available, :qr, :transaction, :refund, :book, :description, :at)",
      soci::use(account.value()), soci::use(number), soci::use(type), soci::use(amount), soci::use(movement.currency),
      soci::use(previous_balance), soci::use(new_balance), soci::use(previous_available), soci::use(new_available),
      soci::use(movement.qr.value()), soci::use(movement.transaction_id), soci::use(movement.refund_id),
      soci::use(movement.counter_book), soci::use(movement.description), soci::use(at);
  const std::string own_book = "account:" + account.value();
  const long long counter_amount = -amount;
  session_.sql() << "INSERT INTO ledger_entries (account, number, book, amount) "
                    "VALUES (:account, :number, :own, :amount), (:same, :again, :counter, :opposite)",
      soci::use(account.value()), soci::use(number), soci::use(own_book), soci::use(amount), soci::use(account.value()),
      soci::use(number), soci::use(movement.counter_book), soci::use(counter_amount);
}

}  // namespace pulso::events

#pragma once
#include <optional>
#include <string>
#include <vector>

#include "features/events/ledger.h"
#include "store/session.h"

namespace pulso::events {

/// The ledger's rows within one transaction. Whoever changes rows of an account holds its `LogWriter`.
class LedgerStore {
 public:
  explicit LedgerStore(store::Session& session) : session_(session) {}

  [[nodiscard]] std::optional<LedgerAccount> find_account(const AccountId& account);
  void insert(const LedgerAccount& account, WallTime now);
  void update(const LedgerAccount& account);

  [[nodiscard]] std::optional<Qr> find_qr(const QrId& qr);
  /// By the merchant's name for the sale.
  [[nodiscard]] std::optional<Qr> find_sale(const AccountId& account, const std::string& transaction_id);
  /// Newest first, of numbers below `before`; of any status when none is given.
  [[nodiscard]] std::vector<Qr> list_qrs(const AccountId& account, std::optional<QrStatus> status, std::int64_t before,
                                         std::size_t count);
  /// Active ones of any account whose time is over.
  [[nodiscard]] std::vector<QrId> list_due(WallTime now, std::size_t count);
  void insert(const Qr& qr);
  /// What may change of it: status and payments.
  void update(const Qr& qr);

  [[nodiscard]] std::optional<Payment> find_payment(const AccountId& account, const std::string& transaction_id);
  /// In their order.
  [[nodiscard]] std::vector<Payment> list_payments(const QrId& qr, std::int64_t after, std::size_t count);
  /// Of all the account's QRs, newest first, of movements below `before`.
  [[nodiscard]] std::vector<Payment> list_payments(const AccountId& account, std::int64_t before, std::size_t count);
  void insert(const AccountId& account, const Payment& payment);
  void update(const AccountId& account, const Payment& payment);

  /// The movement that a refund made.
  [[nodiscard]] std::optional<Movement> find_refund(const AccountId& account, const std::string& refund_id);
  /// Newest first, of numbers below `before`.
  [[nodiscard]] std::vector<Movement> list_movements(const AccountId& account, std::int64_t before, std::size_t count);
  /// With its two entries: what the account's book gains, the counter book loses.
  void insert(const AccountId& account, const Movement& movement);

 private:
  store::Session& session_;
};

}  // namespace pulso::events

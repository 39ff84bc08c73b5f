#pragma once
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "features/events/account_feeds.h"
#include "features/events/events_errors.h"
#include "features/events/ledger.h"
#include "features/events/ledger_store.h"
#include "store/database.h"

namespace pulso::events {

/// What a report or an order came to; `is_duplicate` where it had been made before, and nothing was done again.
struct QrChange {
  Qr qr;
  bool is_duplicate = false;
};
struct ReceivedPayment {
  Payment payment;
  bool is_duplicate = false;
};
struct MadeRefund {
  Movement movement;
  Amount refunded;  ///< of the payment, in all
  bool is_duplicate = false;
};

/// Which part of a list is asked for.
struct Page {
  std::string before;  ///< the QR or the movement's number that the last part ended with; empty: from the newest
  std::size_t count = 0;
};

/// The use cases of the ledger. Each change is one transaction with its events, under the account's lock: they are all
/// there or none is. Streams are told after the commit.
class LedgerService {
 public:
  struct Dependencies {
    const Clock& clock;
    store::Database& database;
    AccountFeeds& feeds;
    std::string default_currency;
  };

  explicit LedgerService(Dependencies dependencies) : d_(std::move(dependencies)) {}

  template <class T>
  using Answer = boost::asio::awaitable<Outcome<T>>;

  /// Zeros in the default currency for an account that never had a QR.
  [[nodiscard]] Answer<LedgerAccount> account(AccountId account);
  [[nodiscard]] Answer<std::vector<Movement>> movements(AccountId account, Page page);
  [[nodiscard]] Answer<Qr> qr(QrId id);
  [[nodiscard]] Answer<std::vector<Qr>> qrs(AccountId account, std::optional<QrStatus> status, Page page);
  [[nodiscard]] Answer<std::vector<Payment>> payments(AccountId account, QrId id, std::size_t count);
  [[nodiscard]] Answer<std::vector<Payment>> payments(AccountId account, Page page);

  /// Of `asked`, what the merchant may say. A sale that was named before gives the QR that it has.
  [[nodiscard]] Answer<QrChange> create_qr(Qr asked);
  [[nodiscard]] Answer<QrChange> cancel(AccountId account, QrId id);
  [[nodiscard]] Answer<Qr> settle(QrId id, std::string source);
  [[nodiscard]] Answer<ReceivedPayment> pay(QrId id, PaymentOrder order);
  [[nodiscard]] Answer<MadeRefund> refund(AccountId account, QrId id, RefundOrder order);
  /// Gives the QRs whose time is over their new status. Any instance may do it; each QR changes once.
  [[nodiscard]] Answer<std::size_t> expire_due();

  [[nodiscard]] const std::string& default_currency() const noexcept { return d_.default_currency; }

 private:
  template <class T, class Work>
  Answer<T> transact(Work work, store::Durability durability = store::Durability::power_loss);
  template <class T, class Work>
  Answer<T> read(Work work);
  /// Whether it still was due.
  Answer<bool> expire(QrId id);
  /// Tells of what has changed. Once too often does no harm, as for what had been done before: whoever did it may have
  /// died before this. A change whose answer was lost may have been made all the same.
  template <class T>
  void announce(const Outcome<T>& changed, const AccountId& account) {
    if (changed || changed.error().code == EventsErrc::unavailable) d_.feeds.announce(account);
  }

  Dependencies d_;
};

}  // namespace pulso::events

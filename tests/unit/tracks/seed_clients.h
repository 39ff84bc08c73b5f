#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "unit/tracks/playback_fixture.h"

namespace pulso::tracks {

/// Pages of one user that run the class of `personal-audio.md`, and a server between them, in simulated time. A page
/// has a media element as browsers have it: it needs a while to load and to seek, tells its time four times a second
/// while it plays and once when it stops or has sought, and stays paused where the page may not play by itself.
/// Messages take a random time each way, and keep their order.
class SeedPages {
 public:
  struct Page {
    std::string name;
    bool may_play = true;  ///< the browser lets it without a gesture
    std::string track;
    double position = 0;  ///< at `since`
    bool is_paused = true;
    milliseconds since{0};
    milliseconds stalled_until{0};  ///< loading or seeking: its time stands
    std::vector<milliseconds> corrected_at;
    milliseconds commands_until{0};  ///< when the last of its messages arrives
    milliseconds events_until{0};    ///< when the last message to it arrives
  };

  explicit SeedPages(unsigned seed) : random_(seed) {}

  Page& open(const std::string& name, bool may_play) {
    auto& page = *pages_.emplace_back(std::make_unique<Page>());
    page.name = name;
    page.may_play = may_play;
    server_.join(name);
    tick(page);
    return page;
  }

  /// `playTrack` and `pauseTrack` of the class; the second gives the element's own time.
  void click_play(Page& page) {
    page.may_play = true;  // a click is a gesture
    send(page, [this, &page] { deliver(page, play_decision(page)); });
  }
  void click_pause(Page& page) {
    const double position = time_of(page);
    send(page, [this, &page, position] {
      deliver(page,
              pause(server_.state, DeviceId{page.name}, track_of("x"), Stage::to_position(position), server_.now));
    });
  }
  /// Its element waits for data.
  void stall(Page& page, milliseconds takes) {
    page.position = time_of(page);
    page.since = now_;
    page.stalled_until = now_ + takes;
  }
  void run(milliseconds time) {
    const milliseconds end = now_ + time;
    while (!agenda_.empty() && agenda_.begin()->first <= end) {
      const auto first = agenda_.begin();
      server_.pass(first->first - now_);
      now_ = first->first;
      const auto work = std::move(first->second);
      agenda_.erase(first);
      work();
    }
    server_.pass(end - now_);
    now_ = end;
  }

  [[nodiscard]] double time_of(const Page& page) const {
    const milliseconds from = std::max(page.since, page.stalled_until);
    return page.is_paused || now_ <= from ? page.position
                                          : page.position + static_cast<double>((now_ - from).count()) / 1000;
  }
  [[nodiscard]] milliseconds now() const { return now_; }
  [[nodiscard]] const Playback& state() const { return server_.state; }
  [[nodiscard]] double server_position() const { return server_.position(); }
  [[nodiscard]] milliseconds some(int low, int high) {
    return milliseconds{std::uniform_int_distribution{low, high}(random_)};
  }

 private:
  void at(milliseconds time, std::function<void()> work) { agenda_.emplace(time, std::move(work)); }
  void send(Page& page, std::function<void()> work) {
    page.commands_until = std::max(page.commands_until, now_ + some(0, 300));
    at(page.commands_until, std::move(work));
  }
  Decision play_decision(const Page& page) {
    return play(server_.state, DeviceId{page.name}, track_of("x"), milliseconds{0}, server_.now);
  }

  /// What the server announces, to those that it is for.
  void deliver(const Page& from, const Decision& decision) {
    for (const Notice& notice : decision.notices) {
      for (const auto& page : pages_) {
        const Device* device = server_.state.find_device(DeviceId{page->name});
        const bool is_sender = page.get() == &from;
        const bool is_for = notice.audience == Audience::everyone ||
                            (notice.audience == Audience::others && !is_sender) ||
                            (notice.audience == Audience::sender && is_sender) ||
                            (notice.audience == Audience::silent_others && !is_sender && !device->is_heard);
        if (!is_for) continue;
        page->events_until = std::max(page->events_until, now_ + some(0, 300));
        at(page->events_until,
           [this, &page = *page, what = notice.announcement, position = server_.position(),
            is_playing = server_.state.is_playing()] { receive(page, what, position, is_playing); });
      }
    }
  }

  /// The class's handlers.
  void receive(Page& page, Announcement what, double position, bool is_playing) {
    switch (what) {
      case Announcement::playing:
        page.track = "x";
        page.is_paused = true;  // a new source
        set_time(page, position, some(50, 900));
        start(page);
        return;
      case Announcement::paused:
        return stop(page);
      default:
        page.corrected_at.push_back(now_);
        set_time(page, position, some(20, 200));
        is_playing ? start(page) : stop(page);
    }
  }
  void set_time(Page& page, double position, milliseconds takes) {
    page.position = position;
    page.since = now_;
    page.stalled_until = now_ + takes;
    at(page.stalled_until, [this, &page] { report(page); });
  }
  void start(Page& page) {
    if (!page.may_play || !page.is_paused) return;
    page.position = time_of(page);
    page.since = now_;
    page.is_paused = false;
  }
  void stop(Page& page) {
    if (page.is_paused) return;
    page.position = time_of(page);
    page.is_paused = true;
    report(page);
  }

  /// `timeupdate`.
  void tick(Page& page) {
    at(now_ + milliseconds{250}, [this, &page] {
      if (!page.is_paused && now_ >= page.stalled_until) report(page);
      tick(page);
    });
  }
  void report(Page& page) {
    if (page.track.empty()) return;
    const Report report{.timeline = {.track = TrackId{page.track},
                                     .position = Stage::to_position(time_of(page)),
                                     .at = {},
                                     .is_playing = !page.is_paused},
                        .revision = {}};
    send(page, [this, &page, report] {
      Report timely = report;
      timely.timeline.at = server_.now;
      deliver(page, judge(server_.state, server_.views[page.name], DeviceId{page.name}, timely, nullptr, server_.now));
    });
  }

  std::mt19937 random_;
  Stage server_{{}};
  milliseconds now_{0};
  std::multimap<milliseconds, std::function<void()>> agenda_;
  std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace pulso::tracks

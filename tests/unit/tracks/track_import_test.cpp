#include "features/tracks/track_import.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/database_test.h"
#include "support/fake_clock.h"
#include "support/wav_file.h"

namespace pulso::tracks {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::string song(std::string_view title, double amplitude = 0.5, std::string_view artist = "Pulso",
                 std::string_view album = "Tests") {
  return support::wav_file(support::sine(1, amplitude), 8000, support::info_chunk(title, artist, album));
}

class TrackImport : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(store::migrate(*database_, TracksStore::migrations()));
    store_ = std::make_unique<TracksStore>(*database_);
    media_ = std::make_unique<MediaFolder>(*MediaFolder::open(folder_.file("new/media")));
    importer_ = std::make_unique<TrackImporter>(*store_, *media_, clock_);
    fs::create_directories(music_ / "inside");
  }
  void TearDown() override { database_.reset(); }

  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream{music_ / name, std::ios::binary} << bytes;
  }
  Result<ImportReport> import(const std::string& owner = {}) {
    refused_.clear();
    return import_folder(*importer_, music_.string(), UserId{owner},
                         [this](const std::string& path, const std::string& reason) { refused_[path] = reason; });
  }
  template <class T>
  T wait(boost::asio::awaitable<Result<T>> work) {
    Result<T> answer = fail(Errc::internal);
    boost::asio::co_spawn(
        loop_, [&]() -> boost::asio::awaitable<void> { answer = co_await std::move(work); },
        [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
    loop_.restart();
    loop_.run();
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *std::move(answer) : T{};
  }
  TrackPage search(const std::string& text, const std::string& user = {}, std::uint32_t page = 1,
                   std::uint32_t limit = 50) {
    return wait(store_->search({.user = UserId{user}, .search = text, .page = page, .limit = limit}));
  }
  std::vector<std::string> titles(const std::string& text, const std::string& user = {}) {
    std::vector<std::string> found;
    for (const Track& track : search(text, user).tracks) found.push_back(track.title);
    return found;
  }
  [[nodiscard]] std::size_t media_files() const {
    const fs::directory_iterator files{folder_.file("new/media")};
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  boost::asio::io_context loop_;
  support::FakeClock clock_;
  fs::path music_ = folder_.path() / "music";
  std::unique_ptr<TracksStore> store_;
  std::unique_ptr<MediaFolder> media_;
  std::unique_ptr<TrackImporter> importer_;
  std::map<std::string, std::string> refused_;
};

TEST_P(TrackImport, TakesWhatTheFilesSayAndKeepsACopy) {
  put("one.wav", song("Tide"));
  put("inside/two.wav", support::wav_file(support::sine(2, 0.5)));
  const auto report = import();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->added, 2U);
  EXPECT_THAT(refused_, IsEmpty());
  const TrackPage page = search("");
  ASSERT_THAT(page.tracks, SizeIs(2));
  EXPECT_EQ(page.total, 2U);
  const Track& tide = page.tracks[0];
  EXPECT_EQ(tide.title, "Tide");
  EXPECT_EQ(tide.artist, "Pulso");
  EXPECT_EQ(tide.album, "Tests");
  EXPECT_EQ(tide.duration, milliseconds{1000});
  EXPECT_EQ(tide.mime_type, "audio/wav");
  EXPECT_EQ(tide.added_at, clock_.now());
  EXPECT_TRUE(tide.is_shared());
  EXPECT_EQ(tide.size_bytes, fs::file_size(music_ / "one.wav"));
  EXPECT_EQ(fs::file_size(folder_.path() / "new/media" / tide.file), tide.size_bytes);
  EXPECT_EQ(page.tracks[1].title, "two");
}

TEST_P(TrackImport, TakesAFileOnceForEachOwner) {
  put("one.wav", song("Tide"));
  put("copy.wav", song("Tide"));
  EXPECT_EQ(import()->added, 1U);
  EXPECT_EQ(import()->known, 2U);
  EXPECT_EQ(import("ana")->added, 1U);
  EXPECT_EQ(media_files(), 2U);
}

TEST_P(TrackImport, TellsWhatItCannotTakeAndGoesOn) {
  put("a.mp3", "no audio at all");
  put("b.wav", song("Tide").substr(0, 30));
  put("c.flac", "");
  put("d.txt", "not looked at");
  put("e.wav", song("Tide"));
  fs::create_directory(music_ / "folder.wav");
  const auto report = import();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->added, 1U);
  EXPECT_EQ(report->refused, 3U);
  EXPECT_THAT(refused_, UnorderedElementsAre(Key("a.mp3"), Key("b.wav"), Key("c.flac")));
}

TEST_P(TrackImport, FollowsNoLink) {
  const fs::path outside = folder_.path() / "outside";
  fs::create_directory(outside);
  std::ofstream{outside / "secret.wav", std::ios::binary} << song("Secret");
  fs::create_symlink(outside / "secret.wav", music_ / "file.wav");
  fs::create_symlink("../../outside/secret.wav", music_ / "inside" / "relative.wav");
  fs::create_symlink(outside, music_ / "folder");
  const auto report = import();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->added, 0U);
  EXPECT_THAT(refused_, UnorderedElementsAre(Key("file.wav"), Key("inside/relative.wav")));
  EXPECT_THAT(search("").tracks, IsEmpty());
}

TEST_P(TrackImport, FailsWhereThereIsNoFolder) {
  const auto report =
      import_folder(*importer_, folder_.file("nowhere"), {}, [](const std::string&, const std::string&) {});
  EXPECT_FALSE(report);
}

TEST_P(TrackImport, TakesThePictureBeside) {
  put("one.wav", song("Tide"));
  put("inside/two.wav", song("Train"));
  put("cover.png", std::string{support::tiny_png});
  put("inside/two.jpg", "no picture");
  ASSERT_TRUE(import());
  const TrackPage page = search("");
  ASSERT_THAT(page.tracks, SizeIs(2));
  EXPECT_TRUE(page.tracks[0].cover.ends_with(".cover.png"));
  EXPECT_EQ(fs::file_size(folder_.path() / "new/media" / page.tracks[0].cover), support::tiny_png.size());
  EXPECT_EQ(page.tracks[1].cover, "");
}

TEST_P(TrackImport, IsFoundByWordsInAnyCaseAndScript) {
  put("1.wav", song("Night Train", 0.1));
  put("2.wav", song("Зимний свет", 0.2));
  put("3.wav", song("100% Río", 0.3, "Ñandú"));
  ASSERT_TRUE(import());
  EXPECT_THAT(titles("TRAIN night"), ElementsAre("Night Train"));
  EXPECT_THAT(titles("СВЕТ"), ElementsAre("Зимний свет"));
  EXPECT_THAT(titles("ñANDÚ río"), ElementsAre("100% Río"));
  EXPECT_THAT(titles("tests"), ElementsAre("100% Río", "Night Train", "Зимний свет"));
  EXPECT_THAT(titles("0%"), ElementsAre("100% Río"));
  EXPECT_THAT(titles("1%o"), IsEmpty());
  EXPECT_THAT(titles("n_ght"), IsEmpty());
  EXPECT_THAT(titles("' OR 1=1 --"), IsEmpty());
}

TEST_P(TrackImport, ComesInPages) {
  for (int i = 0; i < 5; ++i) put(std::to_string(i) + ".wav", song("T" + std::to_string(i), 0.1 * (i + 1)));
  ASSERT_TRUE(import());
  const TrackPage second = search("", "", 2, 2);
  EXPECT_EQ(second.total, 5U);
  ASSERT_THAT(second.tracks, SizeIs(2));
  EXPECT_EQ(second.tracks[0].title, "T2");
  EXPECT_THAT(search("", "", 3, 2).tracks, SizeIs(1));
  EXPECT_THAT(search("", "", 4, 2).tracks, IsEmpty());
  EXPECT_THAT(search("", "", 1'000'000, 100).tracks, IsEmpty());
}

TEST_P(TrackImport, ShowsAUsersOwnAndWhatIsShared) {
  put("a.wav", song("Shared", 0.1));
  ASSERT_TRUE(import());
  put("a.wav", song("Anas", 0.2));
  ASSERT_TRUE(import("ana"));
  EXPECT_THAT(titles("", "ana"), ElementsAre("Anas", "Shared"));
  EXPECT_THAT(titles("", "luz"), ElementsAre("Shared"));
  EXPECT_THAT(titles("", ""), ElementsAre("Shared"));
  const Track own = search("anas", "ana").tracks.at(0);
  EXPECT_TRUE(wait(store_->find(own.id, UserId{"ana"})));
  EXPECT_FALSE(wait(store_->find(own.id, UserId{"luz"})));
  EXPECT_FALSE(wait(store_->find(own.id, UserId{})));
  EXPECT_FALSE(wait(store_->waveform(own.id, UserId{"luz"})));
  EXPECT_TRUE(wait(store_->find_any(own.id)));
  EXPECT_FALSE(wait(store_->find(TrackId{"none"}, UserId{"ana"})));
}

TEST_P(TrackImport, KeepsTheWaveform) {
  put("a.wav", song("Tide", 1.0));
  ASSERT_TRUE(import());
  const auto waveform = wait(store_->waveform(search("").tracks.at(0).id, UserId{}));
  ASSERT_TRUE(waveform);
  EXPECT_EQ(waveform->peaks.size(), 1000U);
  EXPECT_EQ(waveform->duration, milliseconds{1000});
}

TEST_P(TrackImport, IsUndoneByRemoving) {
  put("a.wav", song("Tide"));
  ASSERT_TRUE(import());
  const TrackId id = search("").tracks.at(0).id;
  const auto removed = wait(store_->remove(id));
  ASSERT_TRUE(removed);
  media_->remove(removed->file);
  EXPECT_EQ(media_files(), 0U);
  EXPECT_FALSE(wait(store_->remove(id)));
  EXPECT_EQ(import()->added, 1U);
}

PULSO_FOR_EACH_ENGINE(TrackImport);

TEST(MediaFolder, RemovesNothingOutsideOfItself) {
  const support::TemporaryFolder folder;
  const auto media = MediaFolder::open(folder.file("media"));
  ASSERT_TRUE(media);
  std::ofstream{folder.path() / "outside"} << "stays";
  fs::create_directory(folder.path() / "media" / "inside");
  media->remove("../outside");
  media->remove(folder.file("outside"));
  media->remove("inside");
  media->remove("");
  EXPECT_TRUE(fs::exists(folder.path() / "outside"));
}

TEST(MediaFolder, ThatCannotBeUsedIsAnErrorThatNamesTheSetting) {
  const support::TemporaryFolder folder;
  std::ofstream{folder.path() / "file"} << "in the way";
  const auto media = MediaFolder::open(folder.file("file"));
  ASSERT_FALSE(media);
  EXPECT_EQ(media.error().field, "tracks.media_dir");
}

}  // namespace
}  // namespace pulso::tracks

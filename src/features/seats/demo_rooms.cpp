#include "features/seats/demo_rooms.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "base/json_write.h"

namespace pulso::seats {
namespace {

namespace json = boost::json;

struct Hall {
  std::string_view room;
  std::string_view title;
  int rows;
  std::vector<int> blocks;  ///< seats between the aisles
  int premium_from;         ///< first row of the better seats, counted from 0
  std::vector<std::string_view> blocked;
  std::vector<std::string_view> sold;
};

json::object categories() {
  return {
      {"standard", {{"label", "Platea"}, {"price", 8.5}, {"color", "#3f8f88"}}},
      {"premium", {{"label", "Premium"}, {"price", 11.0}, {"color", "#7a5bd0"}}},
      {"accessible", {{"label", "Accesible"}, {"price", 8.5}, {"color", "#2f6fb3"}}},
  };
}

/// The outermost seats of the last row have room for a wheelchair.
std::string_view category_of(const Hall& hall, int row, int number, int seats_in_row) {
  const bool is_at_the_side = number <= 2 || number > seats_in_row - 2;
  if (row == hall.rows - 1 && is_at_the_side) return "accessible";
  return row >= hall.premium_from ? "premium" : "standard";
}

json::array rows_of(const Hall& hall) {
  json::array rows;
  int seats_in_row = 0;
  for (const int block : hall.blocks) seats_in_row += block;
  for (int row = 0; row < hall.rows; ++row) {
    const char letter = static_cast<char>('A' + row);
    json::array seats;
    int number = 0;
    for (std::size_t block = 0; block < hall.blocks.size(); ++block) {
      if (block > 0) seats.emplace_back(nullptr);
      for (int place = 0; place < hall.blocks[block]; ++place) {
        const std::string seat_id = fmt::format("{}{}", letter, ++number);
        json::object seat{{"seat_id", seat_id}, {"x", seats.size() + 1}};
        seat["category"] = category_of(hall, row, number, seats_in_row);
        if (std::ranges::find(hall.blocked, seat_id) != hall.blocked.end()) seat["blocked"] = true;
        seats.push_back(std::move(seat));
      }
    }
    rows.push_back({{"row", std::string(1, letter)}, {"seats", std::move(seats)}});
  }
  return rows;
}

}  // namespace

std::vector<DemoRoom> demo_rooms() {
  const std::array halls{
      Hall{"demo_sala_1",
           "Sala 1 · Estreno",
           15,
           {5, 10, 5},
           9,
           {"A1", "A20", "H10"},
           {"J8", "J9", "K10", "K11", "K12", "F4", "F5", "M14"}},
      Hall{"demo_sala_2", "Sala 2 · Matiné", 10, {4, 8, 4}, 7, {"A1", "A16"}, {"E7", "E8", "E9"}},
      Hall{"demo_sala_3", "Sala 3 · Versión original", 8, {6, 6}, 6, {}, {"D6", "D7"}},
  };
  std::vector<DemoRoom> rooms;
  for (const Hall& hall : halls) {
    const json::object definition{{"title", hall.title},
                                  {"seat_map", {{"categories", categories()}, {"rows", rows_of(hall)}}}};
    DemoRoom room{.room = RoomId{std::string{hall.room}}, .definition = write_json(definition), .sold = {}};
    for (const std::string_view seat : hall.sold) room.sold.emplace_back(std::string{seat});
    rooms.push_back(std::move(room));
  }
  return rooms;
}

}  // namespace pulso::seats

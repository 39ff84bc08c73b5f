#include "app/config_loader.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/config_file.h"
#include "app/config_properties.h"
#include "app/config_values.h"
#include "app/nearest_key.h"

namespace pulso::app {
namespace {

/// Joins the layers, in the order of the calls.
class Loader {
 public:
  void read_file(const ConfigInput& input);
  void read_dotenv(const ConfigInput& input);
  void apply_environment(const Environment& environment, std::string_view label);
  void apply_flags(std::span<const ConfigInput::Flag> flags);
  [[nodiscard]] Result<LoadedConfig> finish() &&;

 private:
  void apply_entry(const FileEntry& entry, const std::string& file_name);
  void apply_text(const Property& property, std::string_view text, const std::string& source);
  void apply_origins(const Environment& environment, std::string_view label);
  void warn_about_unknown_names(const Environment& environment, std::string_view label);
  void note(Result<void> outcome, const Property& property, const std::string& source);

  LoadedConfig loaded_;
  std::vector<std::string> problems_;
};

/// The value of a name that is set and not empty.
std::optional<std::string_view> value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  if (found == environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

/// Keeps the origin, without the slash that people copy from their address bar.
std::string without_last_slash(std::string origin) {
  while (origin.ends_with('/')) origin.pop_back();
  return origin;
}

void Loader::note(Result<void> outcome, const Property& property, const std::string& source) {
  if (outcome) {
    loaded_.sources.insert_or_assign(std::string{property.key}, source);
  } else {
    problems_.push_back(fmt::format("{} ({})", outcome.error().message, source));
  }
}

void Loader::apply_text(const Property& property, std::string_view text, const std::string& source) {
  note(assign_text(loaded_.config, property, text), property, source);
}

void Loader::apply_entry(const FileEntry& entry, const std::string& file_name) {
  const std::string source = fmt::format("{}:{}", file_name, entry.line);
  const Property* const property = find_property(entry.key);
  if (property == nullptr) {
    problems_.push_back(
        fmt::format("{}: unknown key {}; the nearest known one is {}", source, entry.key, nearest_key(entry.key)));
    return;
  }
  const auto* const text = std::get_if<std::string>(&entry.value);
  if (text != nullptr && text->empty()) return;
  note(assign(loaded_.config, *property, entry.value), *property, source);
}

void Loader::read_file(const ConfigInput& input) {
  const bool is_named = !input.file.empty();
  const std::string path =
      is_named ? input.file : (std::filesystem::path{input.directory} / "pulso.toml").lexically_normal().string();
  auto text = read_small_file(path);
  if (!text) {
    if (is_named || text.error().code != Errc::not_found) problems_.push_back(text.error().message);
    return;
  }
  const auto entries = parse_toml(*text, path);
  if (!entries) {
    problems_.push_back(entries.error().message);
    return;
  }
  for (const FileEntry& entry : *entries) apply_entry(entry, path);
}

void Loader::read_dotenv(const ConfigInput& input) {
  const std::string path = (std::filesystem::path{input.directory} / ".env").lexically_normal().string();
  auto text = read_small_file(path);
  if (!text) {
    if (text.error().code != Errc::not_found) problems_.push_back(text.error().message);
    return;
  }
  const auto entries = parse_dotenv(*text, path);
  if (!entries) {
    problems_.push_back(entries.error().message);
    return;
  }
  Environment environment;
  for (const FileEntry& entry : *entries) environment.insert_or_assign(entry.key, std::get<std::string>(entry.value));
  apply_environment(environment, path);
}

/// The two names by which seeds allow origins are one list here.
void Loader::apply_origins(const Environment& environment, std::string_view label) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> lists;
  for (const std::string_view name : {"CLIENT_URL", "SOCKET_CORS_ORIGIN"}) {
    if (const auto list = value_of(environment, name)) {
      names.push_back(name);
      lists.push_back(*list);
    }
  }
  if (names.empty()) return;
  apply_text(*find_property("server.client_urls"), fmt::format("{}", fmt::join(lists, ",")),
             fmt::format("{} {}", label, fmt::join(names, " and ")));
}

void Loader::warn_about_unknown_names(const Environment& environment, std::string_view label) {
  std::vector<std::string> names;
  for (const Property& property : properties()) names.push_back(environment_name_of(property));
  const std::vector<std::string_view> known{names.begin(), names.end()};
  for (auto entry = environment.lower_bound("PULSO_"); entry != environment.end(); ++entry) {
    if (!entry->first.starts_with("PULSO_")) break;
    if (std::ranges::find(known, entry->first) != known.end()) continue;
    loaded_.warnings.push_back(fmt::format("{} {} means nothing to this server; the nearest known name is {}", label,
                                           entry->first, nearest(entry->first, known)));
  }
}

void Loader::apply_environment(const Environment& environment, std::string_view label) {
  apply_origins(environment, label);
  if (const auto port = value_of(environment, "PORT")) {
    apply_text(*find_property("server.listen"), fmt::format("0.0.0.0:{}", *port), fmt::format("{} PORT", label));
  }
  for (const Property& property : properties()) {
    if (property.key == "server.client_urls" || property.seed_name.empty()) continue;
    if (const auto text = value_of(environment, property.seed_name)) {
      apply_text(property, *text, fmt::format("{} {}", label, property.seed_name));
    }
  }
  for (const Property& property : properties()) {
    const std::string name = environment_name_of(property);
    if (const auto text = value_of(environment, name)) apply_text(property, *text, fmt::format("{} {}", label, name));
  }
  if (value_of(environment, "MONGODB_URI")) {
    loaded_.warnings.push_back(fmt::format(
        "{} MONGODB_URI is not used: set DATABASE_URL to sqlite:///pulso.db or postgresql://user:password@host/name",
        label));
  }
  warn_about_unknown_names(environment, label);
}

void Loader::apply_flags(std::span<const ConfigInput::Flag> flags) {
  std::map<std::string_view, std::string> joined;
  for (const auto& flag : flags) {
    const Property* const property = find_property(flag.key);
    if (property == nullptr || flag.value.empty()) continue;
    const bool is_list = std::holds_alternative<std::vector<std::string>*>(property->slot(loaded_.config));
    std::string& text = joined[property->key];
    text = is_list && !text.empty() ? fmt::format("{},{}", text, flag.value) : flag.value;
    apply_text(*property, text, fmt::format("flag {}", flag.name));
  }
}

Result<LoadedConfig> Loader::finish() && {
  if (!problems_.empty()) return fail(Errc::invalid_argument, fmt::format("{}", fmt::join(problems_, "\n")));
  auto& origins = loaded_.config.server.client_urls;
  std::ranges::transform(origins, origins.begin(), without_last_slash);
  return std::move(loaded_);
}

}  // namespace

Result<LoadedConfig> load_config(const ConfigInput& input) {
  Loader loader;
  loader.read_file(input);
  loader.read_dotenv(input);
  loader.apply_environment(input.environment, "environment");
  loader.apply_flags(input.flags);
  auto loaded = std::move(loader).finish();
  if (loaded) loaded->config.demo = input.demo;
  return loaded;
}

}  // namespace pulso::app

#include "app/config_report.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "app/config_properties.h"
#include "app/config_values.h"

namespace pulso::app {
namespace {

constexpr std::string_view introduction =
    R"(# Configuration

<!-- Made by `pulso config docs > docs/CONFIGURATION.md`; a test keeps it up to date. -->

Settings come from, the later winning key by key: defaults, a TOML file (`--config FILE`, else `pulso.toml` in the
working directory where present), a `.env` file there, the environment, flags. An empty text counts as unset. An unknown
key of the file is an error that names the nearest known one. `pulso config check` prints what holds, with secrets
masked, and where each value comes from.

- In the file: `[server]`, then `drain_timeout = "30s"`. In the environment: `PULSO_SERVER_DRAIN_TIMEOUT=30s`. As a
  flag: `--server-drain-timeout 30s`. Lists: `["a", "b"]` in the file, `a,b` elsewhere; a flag may also be repeated.
- Durations are a whole number and `ms`, `s`, `m`, `h` or `d`.
- `PORT=8001` listens on `0.0.0.0:8001`. `SOCKET_CORS_ORIGIN` is added to `CLIENT_URL`. `MONGODB_URI` is not used.
- `--demo` generates a secret where none is set, and allows anonymous use of every system.
- SIGHUP reads certificates and keys again; every other change needs a restart.
)";

/// `|` would end a table's cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", cell(text));
}

std::string environment_cell(const Property& property) {
  std::string out = code(environment_name_of(property));
  if (!property.seed_name.empty()) out += fmt::format(", `{}`", property.seed_name);
  return out;
}

std::string flag_cell(const Property& property) {
  std::string out = fmt::format("`--{}`", flag_name_of(property));
  if (!property.short_flag.empty()) out += fmt::format(", `--{}`", property.short_flag);
  return out;
}

/// Calls `begin_section` before the first property of each section, and `row` for each property.
template <class BeginSection, class Row>
void for_each_property(BeginSection begin_section, Row row) {
  std::string_view section;
  for (const Property& property : properties()) {
    if (section_of(property) != section) {
      section = section_of(property);
      begin_section(section);
    }
    row(property);
  }
}

}  // namespace

std::string describe_config(const LoadedConfig& loaded) {
  std::string out;
  for_each_property(
      [&](std::string_view section) {
        fmt::format_to(std::back_inserter(out), "{}[{}]\n", out.empty() ? "" : "\n", section);
      },
      [&](const Property& property) {
        const auto source = loaded.sources.find(property.key);
        fmt::format_to(std::back_inserter(out), "{} = {}  # {}\n", name_of(property),
                       toml_value(loaded.config, property, Masking::secrets),
                       source == loaded.sources.end() ? std::string_view{"default"} : source->second);
      });
  return out;
}

std::string document_config() {
  const Config defaults;
  std::string out{introduction};
  for_each_property(
      [&](std::string_view section) {
        fmt::format_to(std::back_inserter(out),
                       "\n## {}\n\n| key | meaning | default | example | allowed | environment | flag |\n"
                       "|---|---|---|---|---|---|---|\n",
                       section);
      },
      [&](const Property& property) {
        fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} | {} | {} | {} |\n", name_of(property),
                       cell(property.description), code(toml_value(defaults, property, Masking::none)),
                       code(property.example), cell(allowed_values(property)), environment_cell(property),
                       flag_cell(property));
      });
  return out;
}

}  // namespace pulso::app

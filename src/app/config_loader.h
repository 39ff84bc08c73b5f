#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "base/result.h"

namespace pulso::app {

using Environment = std::map<std::string, std::string, std::less<>>;

/// Where settings come from. The later layer wins, key by key: defaults, TOML file, `.env`, environment, flags. An
/// empty text counts as unset in every layer.
struct ConfigInput {
  /// The file that `--config` names, which must be there. Empty: `pulso.toml` in `directory`, where present.
  std::string file;
  /// Where `pulso.toml` and `.env` are looked for.
  std::string directory = ".";
  Environment environment;
  struct Flag {
    std::string name;  ///< as given, for messages: `--listen`
    std::string key;
    std::string value;
  };
  /// Lists may be given in several flags.
  std::vector<Flag> flags;
  bool demo = false;
};

struct LoadedConfig {
  Config config;
  /// By key, where its value comes from: `pulso.toml:3`, `environment PORT`. Keys that nobody set are absent.
  std::map<std::string, std::string, std::less<>> sources;
  /// For the log once it stands: settings that work, but hardly as meant.
  std::vector<std::string> warnings;
};

/// Reads and joins all layers. The error lists every unknown key (with the nearest known one), wrong type and value out
/// of bounds, one a line, each with its source.
[[nodiscard]] Result<LoadedConfig> load_config(const ConfigInput& input);

}  // namespace pulso::app

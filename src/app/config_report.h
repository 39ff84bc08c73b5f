#pragma once
#include <string>

#include "app/config_loader.h"

namespace pulso::app {

/// The whole configuration as a TOML file that could be used as such, but for its secrets, which are masked; behind
/// each value where it comes from. For `pulso config check`.
[[nodiscard]] std::string describe_config(const LoadedConfig& loaded);

/// A page of Markdown with every property: key, description, default, example, bounds, environment, flag. For
/// `docs/CONFIGURATION.md`.
[[nodiscard]] std::string document_config();

}  // namespace pulso::app

#pragma once
#include "app/config_loader.h"
#include "base/result.h"

namespace pulso::app {

/// What serving needs beyond single values in bounds. Gives `--demo` its secret, where none is set, and its anonymous
/// systems; warns about a short secret. The error lists, one a line: no way to check tokens, half of a TLS pair,
/// addresses and URLs that can't be read.
[[nodiscard]] Result<void> prepare_to_serve(LoadedConfig& loaded);

}  // namespace pulso::app

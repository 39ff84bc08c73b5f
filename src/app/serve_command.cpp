#include "app/serve_command.h"

#include "app/serve_checks.h"
#include "app/server.h"
#include "ops/log.h"

namespace pulso::app {

int run_serve(const ConfigInput& input, const Console& console) {
  auto loaded = load_config(input);
  if (!loaded) return console.failed(loaded.error());
  if (const auto prepared = prepare_to_serve(*loaded); !prepared) return console.failed(prepared.error());
  ops::configure_log(loaded->config.log.level, loaded->config.log.format);
  for (const std::string& warning : loaded->warnings) ops::log_warning("config", warning);
  return serve(loaded->config);
}

}  // namespace pulso::app
